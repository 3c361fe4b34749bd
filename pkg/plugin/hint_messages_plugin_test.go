package plugin

import (
	"os"
	"syscall"
)

func pluginRows() map[string]row {
	const own = "the command gives the hint beside the error"
	return map[string]row{
		"plugin.Signal": noHint("the user has stopped the command",
			Signal{Signal: os.Signal(syscall.SIGTERM), Code: 143}),
		"plugin.childExit":   noHint("the child has said why", childExit(7)),
		"plugin.errAge":      noHint("it says what to write", errAge),
		"plugin.errTemplate": noHint("the message names the part of the template", errTemplate),
		"plugin.errNoGit":    hasHint(errNoGit),
		"plugin.errNoLines":  noHint("git merge says how to decide", errNoLines),
		"plugin.gitError": hasHint(&gitError{Command: "config", Code: 128,
			Message: "--local can only be used inside a git repository"}),
		"plugin.hintedError":    noHint(own),
		"plugin.rephrasedError": noHint("it has the hint of the error that it wraps"),
		"plugin.reportError":    noHint(own),
		"plugin.usageError":     noHint(own),
	}
}
