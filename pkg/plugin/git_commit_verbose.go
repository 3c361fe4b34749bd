package plugin

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// git commit -v writes a diff, with what textconv prints, into .git/COMMIT_EDITMSG and leaves it there.

// argsOf are the arguments of a process; none if they are not known.
func argsOf(ctx context.Context, pid int) []string {
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
		return strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	}
	ps := exec.CommandContext(ctx, "ps", "-o", "args=", "-p", strconv.Itoa(pid)) //nolint:gosec // a number
	out, err := ps.Output()
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}

// isGitCommit reports whether arguments may be those of git commit: it is an argument of git, or a program of its own.
// The name of the program does not decide: where ps prints the arguments, a path with a space is in parts.
func isGitCommit(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		name := strings.TrimSuffix(filepath.Base(arg), ".exe")
		return arg == "commit" || name == "git-commit"
	})
}
