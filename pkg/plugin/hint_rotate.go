package plugin

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// thenFinish is what to do about a failure, if that is known, and then how to finish.
func thenFinish(first, again string) string {
	if first == "" {
		return "finish with " + again
	}
	return first + "\nthen finish with " + again
}

// blockedHint says how to bring up to date what needs old versions.
func blockedHint(managed int, again string) []string {
	var hints []string
	if managed > 0 {
		hints = append(hints, managedHint)
	}
	return append(hints, "bring these up to date, as kubectl vaultseal verify -A shows, then run "+again)
}

// managedHint says how to bring up to date what a tool would put back.
const managedHint = "where a tool manages them, rotate their manifests and apply these again: kubectl vaultseal " +
	"rotate -f PATH --rewrap-only; or rewrap them in the cluster with --include-managed"

// again is the command that finishes what this one has begun, then or later: no key gets a second new version.
func (o *rotateOptions) again(report *engine.RotationReport, request engine.RotateRequest) string {
	words := "kubectl vaultseal rotate"
	switch {
	case request.RewrapOnly:
		words += " --rewrap-only"
	case report.ResumeIfOlderThan != "":
		words += " --if-older-than " + report.ResumeIfOlderThan
	}
	return words + o.selection.words(request.Selection) + strings.Join(o.otherFlags(), "")
}

// otherFlags are the flags of the command that its hint repeats, besides those that say what is in view.
func (o *rotateOptions) otherFlags() []string {
	if o.flags == nil {
		return nil
	}
	var words []string
	o.flags.Visit(func(flag *pflag.Flag) {
		switch flag.Name {
		case "if-older-than", "rewrap-only", "dry-run", "output", "v", "vmodule":
		case "all-namespaces", "namespaces", "selector", "discover", "filename", "recursive", "namespace":
		case "token": // no credential is shown
		default:
			words = append(words, flagWords(flag))
		}
	})
	return words
}

// flagWords is a flag as it was given, once for each value of a list.
func flagWords(flag *pflag.Flag) string {
	if list, many := flag.Value.(pflag.SliceValue); many {
		var words strings.Builder
		for _, value := range list.GetSlice() {
			words.WriteString(" --" + flag.Name + " " + shell.Quote(value))
		}
		return words.String()
	}
	switch value := flag.Value.String(); {
	case flag.Value.Type() == "bool" && value == "true":
		return " --" + flag.Name
	case flag.NoOptDefVal != "":
		return " --" + flag.Name + "=" + shell.Quote(value)
	case holdsCredential(flag.Name, value):
		return " --" + flag.Name + " VALUE"
	case value == "":
		return " --" + flag.Name + "=''"
	default:
		return " --" + flag.Name + " " + shell.Quote(value)
	}
}

// noneOpensHint comes before another rotation, which would only make the harm worse.
func noneOpensHint(selection string) string {
	return "a transit key or Vault may have been replaced, or restored from a backup: before you rotate again, see " +
		"what is wrong with kubectl vaultseal verify" + selection
}

func rotatePastBrokenHint(selection string) string {
	return "to see what is broken, and how to fix it: kubectl vaultseal verify" + selection
}

// leftManagedHint is about Secrets that a tool would put back.
func leftManagedHint() string {
	return "rotate the manifests where they come from, or add --include-managed"
}

func leftImmutableHint() string {
	return "delete it, and create it again, sealed with the latest version"
}

// rewrapOthersHint is about installations that use the keys whose old versions are about to be disabled.
func rewrapOthersHint() string {
	return "rewrap there, with kubectl vaultseal rotate -A --rewrap-only --context CONTEXT"
}

func unattendedRetireHint() string { return "add --yes to retire without a question" }

// unlabelledHint is the command that also works on Secrets that are sealed and lost their label. Without a configured
// key it has a placeholder for one.
func unlabelledHint(verb, selection string, configured bool) string {
	key := " --transit-key MOUNT/NAME"
	if configured {
		key = ""
	}
	return fmt.Sprintf("to include what is sealed with the configured transit key: kubectl vaultseal %s --discover%s%s",
		verb, key, selection)
}
