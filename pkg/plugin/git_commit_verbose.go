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

// isGitCommit reports whether arguments may be those of git commit. An alias runs it as a process of its own.
func isGitCommit(args []string) bool {
	return len(args) > 0 && strings.TrimSuffix(filepath.Base(args[0]), ".exe") == "git" &&
		slices.Contains(args[1:], "commit")
}
