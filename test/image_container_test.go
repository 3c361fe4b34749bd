package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// uid is whom the images run as, and its group.
const uid = 65532

// container is an unpacked image with what a runtime adds. Its programs run as a
// restricted pod's do: in a root of their own, which cannot be written to unless
// writable is set, as the image's user, without more privileges ever. The
// network is the machine's, because the stack listens there.
type container struct {
	image
	root     string
	mounts   map[string]string // path in the container -> path outside, read-only
	env      []string          // besides the image's
	args     []string          // that a pod gives it
	writable bool
}

func newContainer(t *testing.T, name string) container {
	t.Helper()
	i := readImage(t, name, runtime.GOARCH)
	return container{image: i, root: i.unpack(t), mounts: map[string]string{}}
}

// enter runs with a mount namespace of its own: ROOT USER:GROUP WRITABLE [FROM TO]… -- COMMAND….
// The environment is the container's, its PATH not the machine's.
const enter = `set -eu
inside=$PATH PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 user=$2 writable=$3
shift 3
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
	mount --bind "$1" "$root$2"
	mount -o remount,bind,ro "$root$2"
	shift 2
done
shift
[ "$writable" = true ] || mount -o remount,bind,ro "$root"
exec env PATH="$inside" /usr/bin/setpriv --no-new-privs /usr/sbin/chroot --userspec="$user" --groups= "$root" "$@"
`

// command is what the container's image starts, with more arguments; without
// an entrypoint it is just the arguments.
func (c container) command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	words := []string{"--mount", "--propagation", "private", "sh", "-c", enter, "sh", c.root, c.config.Config.User,
		fmt.Sprint(c.writable)}
	for _, dir := range []string{"dev", "proc"} {
		check(t, os.MkdirAll(filepath.Join(c.root, dir), 0o755))
	}
	for inside, outside := range c.mounts {
		c.mountPoint(t, inside, outside)
		words = append(words, outside, inside)
	}
	words = append(append(append(words, "--"), c.config.Config.Entrypoint...), args...)
	command := exec.CommandContext(ctx, "unshare", words...)
	command.Env = append(append([]string{}, c.config.Config.Env...), c.env...)
	return command
}

// mountPoint makes one where the image has none, as runtimes do.
func (c container) mountPoint(t *testing.T, inside, outside string) {
	t.Helper()
	info, err := os.Stat(outside)
	check(t, err)
	path := filepath.Join(c.root, inside)
	if info.IsDir() {
		check(t, os.MkdirAll(path, 0o755))
		return
	}
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	file, err := os.OpenFile(path, os.O_CREATE, 0o644)
	check(t, err)
	check(t, file.Close())
}

// run runs to the end.
func (c container) run(t *testing.T, args ...string) result {
	t.Helper()
	command := c.command(t.Context(), t, args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// ends runs to the end, which must have that code.
func (c container) ends(t *testing.T, code int, args ...string) result {
	t.Helper()
	got := c.run(t, args...)
	if got.code != code {
		t.Fatalf("%q: exit code %d, want %d; stdout: %s; stderr: %s", args, got.code, code, brief(got.stdout),
			brief(got.stderr))
	}
	return got
}

// projection is a projected volume as kubelet writes it: each file is a link
// into a directory that is replaced as a whole, and is the container's user's.
type projection string

func newProjection(t *testing.T, files map[string]string) projection {
	t.Helper()
	p := projection(filepath.Join(t.TempDir(), "volume"))
	check(t, os.Mkdir(string(p), 0o755))
	p.replace(t, files)
	for name := range files {
		check(t, os.Symlink("..data/"+name, filepath.Join(string(p), name)))
	}
	return p
}

// replace gives the files other contents, all at once.
func (p projection) replace(t *testing.T, files map[string]string) {
	t.Helper()
	dir, err := os.MkdirTemp(string(p), "..version-")
	check(t, err)
	check(t, os.Chmod(dir, 0o755))
	for name, content := range files {
		path := filepath.Join(dir, name)
		check(t, os.WriteFile(path, []byte(content), 0o600))
		check(t, os.Chown(path, uid, uid))
	}
	data := filepath.Join(string(p), "..data")
	check(t, os.Symlink(filepath.Base(dir), data+"_tmp"))
	old, _ := os.Readlink(data)
	check(t, os.Rename(data+"_tmp", data))
	if old != "" {
		check(t, os.RemoveAll(filepath.Join(string(p), old)))
	}
}
