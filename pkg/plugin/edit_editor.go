package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// killAfter is how long an editor may take to end once it was asked to.
const killAfter = time.Second

// editor is the user's editor. It sees plaintext in a directory of its own, in memory where the system has such a
// place, that exists only while it runs.
type editor struct {
	globals *globals
	process Process
	command string
}

func newEditor(g *globals) *editor {
	return &editor{globals: g, process: g.process, command: editorCommand(g.process.LookupEnv)}
}

// directory makes one that only its owner may enter.
func (e *editor) directory() (string, error) {
	for _, in := range memoryDirs() {
		if dir, err := privateDir(in); err == nil {
			return dir, nil
		}
	}
	dir, err := privateDir("")
	if err == nil {
		e.globals.warn("there is no safe directory in memory: while you edit, the text is in %s, and deleted files "+
			"can be recovered from a disk", dir)
	}
	return dir, err
}

// privateDir makes a directory in another one, "" for the user's temporary files, and checks that it is the user's
// alone.
func privateDir(in string) (string, error) {
	dir, err := os.MkdirTemp(in, "vaultseal-")
	if err != nil {
		return "", err
	}
	if err := checkPrivate(dir); err != nil {
		_ = os.Remove(dir)
		return "", err
	}
	return dir, nil
}

// editorCommand is what kubectl edit uses: KUBE_EDITOR, EDITOR, or what every system has.
func editorCommand(lookup func(string) (string, bool)) string {
	kube, _ := lookup("KUBE_EDITOR")
	general, _ := lookup("EDITOR")
	otherwise := "vi"
	if runtime.GOOS == "windows" {
		otherwise = "notepad"
	}
	return cmp.Or(strings.TrimSpace(kube), strings.TrimSpace(general), otherwise)
}

// edit shows a text in a file of the name, and gives what the user makes of it. While the editor runs, the terminal's
// interrupts are the editor's; when the context ends, the editor is ended.
func (e *editor) edit(ctx context.Context, name string, text []byte) (edited []byte, err error) {
	if e.process.LeaveInterrupts != nil {
		defer e.process.LeaveInterrupts()()
	}
	dir, err := e.directory()
	if err != nil {
		return nil, err
	}
	defer func() {
		if left := os.RemoveAll(dir); left != nil {
			err = both(err, fmt.Errorf("plaintext is left in %s: %w", dir, left))
		}
	}()
	path := filepath.Join(dir, filepath.Base(name))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, err
	}
	if err := e.run(ctx, path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // it is ours
}

func (e *editor) run(ctx context.Context, path string) error {
	if in, ok := e.process.In.(*os.File); ok {
		if before, err := term.GetState(int(in.Fd())); err == nil {
			defer func() { _ = term.Restore(int(in.Fd()), before) }() // one that was killed could not
		}
	}
	cmd := e.commandFor(ctx, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.process.In, e.process.Out, e.process.rawErr()
	cmd.WaitDelay = killAfter
	cmd.Cancel = func() error {
		if runtime.GOOS == "windows" {
			return cmd.Process.Kill()
		}
		return cmd.Process.Signal(syscall.SIGTERM)
	}
	back := e.process.ownCoreLimit()
	err := cmd.Start()
	back()
	if err == nil {
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return editorEnded(e.command, exit)
	case err != nil:
		return newUsageError(fmt.Errorf("the editor %q cannot be started: %w", e.command, err),
			editorHint())
	}
	return nil
}

// commandFor runs the editor by itself, or as kubectl does through a shell where its name is more than words.
func (e *editor) commandFor(ctx context.Context, path string) *exec.Cmd {
	if !strings.ContainsAny(e.command, "\"'\\$&|;<>()*?`~#") {
		words := append(strings.Fields(e.command), path)
		return exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // it is the user's own
	}
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", e.command, path) //nolint:gosec // it is the user's own
	}
	return exec.CommandContext(ctx, "sh", "-c", e.command+` "$@"`, "sh", path) //nolint:gosec // it is the user's own
}

// editorEnded is what an editor says that did not end well. A shell tells of a signal by its number over 128.
func editorEnded(command string, exit *exec.ExitError) error {
	status, ok := exit.Sys().(syscall.WaitStatus)
	if ok && (status.Signaled() && status.Signal() == syscall.SIGINT ||
		status.ExitStatus() == 128+int(syscall.SIGINT)) {
		return Signal{Signal: os.Interrupt, Code: 128 + int(syscall.SIGINT)}
	}
	return fmt.Errorf("the editor %q failed (%w): nothing was changed", command, exit)
}
