package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// gitError is a git command that failed, with what it printed.
type gitError struct {
	Command string // the words after git that say what it is
	Code    int
	Message string
}

func (e *gitError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("git %s: exit status %d", e.Command, e.Code)
	}
	return fmt.Sprintf("git %s: %s", e.Command, e.Message)
}

// errNoGit says that there is no git to run.
var errNoGit = errors.New("git is not installed, or not in PATH")

// runGit runs a git command with more arguments and returns its stdout. The error of a command that has run is a
// *gitError; then stdout is valid too.
func runGit(ctx context.Context, command string, more ...string) ([]byte, error) {
	args := append(strings.Fields(command), more...)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // the words are ours
	var out, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failure
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return nil, errNoGit
	case errors.As(err, &exit):
		message, _, _ := strings.Cut(strings.TrimSpace(failure.String()), "\n")
		return out.Bytes(), &gitError{args[1], exit.ExitCode(), strings.TrimPrefix(message, "fatal: ")}
	}
	return out.Bytes(), err
}

// gitCaches reports whether git keeps what textconv prints, in the repository of the working directory.
func gitCaches(ctx context.Context) bool {
	out, err := runGit(ctx, "git config --type=bool --get", gitCacheKey)
	return err == nil && strings.TrimSpace(string(out)) == "true"
}
