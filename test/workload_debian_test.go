package test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The images that the examples name.
const (
	postgresImage = "registry.example.com/postgresql:15"
	nginxImage    = "registry.example.com/nginx:1.22"
)

func (n node) loadPostgreSQL(t *testing.T) {
	t.Helper()
	bin := postgresBin(t)
	n.debianImage(t, postgresImage, map[string]string{
		"/usr/sbin/postgres": filepath.Join(bin, "postgres"), "/usr/sbin/initdb": filepath.Join(bin, "initdb"),
	}, filepath.Join("/usr/share/postgresql", filepath.Base(filepath.Dir(bin))),
		filepath.Join(filepath.Dir(bin), "lib"))
}

func (n node) loadNginx(t *testing.T) {
	t.Helper()
	n.debianImage(t, nginxImage, map[string]string{"/usr/sbin/nginx": "/usr/sbin/nginx"})
}

// debianImage gives the node an image with Debian's own programs, a shell, and the libraries that they need. programs
// are paths in the image by the files that are installed on this machine; trees are directories that they read.
func (n node) debianImage(t *testing.T, image string, programs map[string]string, trees ...string) {
	t.Helper()
	files := map[string]string{
		"/etc/passwd": writeTemp(t, "root:x:0:0:root:/:/bin/sh\npostgres:x:999:999::/:/bin/sh\nnginx:x:101:101::/:/bin/sh\n"),
		"/etc/group":  writeTemp(t, "root:x:0:\npostgres:x:999:\nnginx:x:101:\n"),
		"/bin/sh":     "/bin/dash",
	}
	for _, name := range []string{"cat", "sleep", "sha256sum"} {
		files["/usr/bin/"+name] = "/usr/bin/" + name
	}
	for target, source := range programs {
		files[target] = source
	}
	for _, tree := range trees {
		check(t, filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				files[path] = path
			}
			return err
		}))
	}
	for _, source := range files {
		for _, library := range librariesOf(t, source) {
			files[library] = library
		}
	}
	var parts []string
	for target, source := range files {
		parts = append(parts, target+"="+source)
	}
	n.image(t, image, parts...)
}

var library = regexp.MustCompile(`(?m)^\t(?:\S+ => )?(/\S+) \(0x`)

// librariesOf are the libraries that a program or a library is linked with; none for other files.
func librariesOf(t *testing.T, file string) (paths []string) {
	t.Helper()
	start := make([]byte, 4)
	opened, err := os.Open(file)
	check(t, err)
	_, _ = opened.Read(start)
	check(t, opened.Close())
	if string(start) != "\x7fELF" {
		return nil
	}
	out, err := exec.CommandContext(t.Context(), "ldd", file).Output()
	if err != nil && !strings.Contains(string(out), "statically linked") {
		t.Fatalf("ldd %s: %v: %s", file, err, out)
	}
	for _, found := range library.FindAllStringSubmatch(string(out), -1) {
		paths = append(paths, found[1])
	}
	return paths
}

// writeTemp writes a file that all may read.
func writeTemp(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}
