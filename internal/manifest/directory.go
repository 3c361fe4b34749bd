package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
)

// Directory is a directory with one sealed manifest for each Secret, NAMESPACE/NAME.yaml. Nothing is written outside
// it, whatever links it has.
type Directory struct {
	path     string
	root     *os.Root // nil: it does not exist, and nothing may be written
	replaces bool
}

// FileExistsError says that a manifest cannot be written because its file has other content.
type FileExistsError struct{ Path string }

func (e *FileExistsError) Error() string { return e.Path + " exists" }

// OpenDirectory opens the directory at a path. It creates it if write is set. With replaces, Write replaces files.
func OpenDirectory(path string, write, replaces bool) (*Directory, error) {
	d := &Directory{path: path, replaces: replaces}
	var err error
	if write {
		err = os.MkdirAll(path, 0o755) //nolint:gosec // ciphertext, for git
	}
	if err == nil {
		d.root, err = os.OpenRoot(path)
	}
	if !write && errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return d, err
}

// Close closes the directory.
func (d *Directory) Close() error {
	if d.root == nil {
		return nil
	}
	return d.root.Close()
}

// Path returns the path of a Secret's manifest, and checks that Write may write it.
func (d *Directory) Path(namespace, name string) (string, error) {
	file, err := fileOf(namespace, name)
	if err != nil {
		return "", err
	}
	shown := filepath.Join(d.path, filepath.FromSlash(file))
	if d.root == nil || d.replaces {
		return shown, nil
	}
	switch _, err := d.root.Lstat(file); {
	case err == nil:
		return shown, &FileExistsError{shown}
	case !errors.Is(err, fs.ErrNotExist):
		return shown, fmt.Errorf("%s: %w", shown, withoutPath(err))
	}
	return shown, nil
}

// Write writes a Secret's manifest in one step. A file with the same content stays as it is.
func (d *Directory) Write(namespace, name string, text []byte) error {
	file, err := fileOf(namespace, name)
	if err != nil {
		return err
	}
	if err := d.write(file, text); err != nil {
		shown := filepath.Join(d.path, filepath.FromSlash(file))
		if errors.Is(err, fs.ErrExist) {
			return &FileExistsError{shown}
		}
		return fmt.Errorf("write %s: %w", shown, withoutPath(err))
	}
	return nil
}

func (d *Directory) write(name string, text []byte) error {
	file := rootFile{root: d.root, name: filepath.FromSlash(name), text: text, mode: 0o644, umask: true}
	// A link here would let the manifests of one namespace replace those of another.
	if err := file.checkParents(); err != nil {
		return err
	}
	if _, same, err := file.there(); err == nil && same {
		return nil
	}
	defer file.discard()
	if err := file.write(); err != nil {
		return err
	}
	if d.replaces {
		return file.rename()
	}
	err := d.root.Link(file.made, file.name) // which does not replace
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// There are file systems without hard links.
	if _, err := d.root.Lstat(file.name); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fs.ErrExist)
	}
	return file.rename()
}

// maxStem is the maximum length of a file's name without its extension: file systems allow 255 bytes with it.
const maxStem = 200

// fileOf is the path of a Secret's manifest in a Directory, with slashes. The names are lower case, so different
// Secrets have different files on file systems that ignore case too. A server must not choose another place.
func fileOf(namespace, name string) (string, error) {
	if len(utilvalidation.IsDNS1123Label(namespace)) > 0 || len(validation.NameIsDNSSubdomain(name, false)) > 0 {
		return "", errors.New("its namespace or its name is invalid, and gives no file name")
	}
	return portable(namespace) + "/" + portable(name) + ".yaml", nil
}

// portable is a name as files can have it on all systems. What it adds begins with an underscore, which no name in
// Kubernetes has.
func portable(name string) string {
	if len(name) > maxStem {
		sum := sha256.Sum256([]byte(name))
		name = strings.TrimRight(name[:maxStem], ".-") + "_" + hex.EncodeToString(sum[:8])
	}
	stem, rest, _ := strings.Cut(name, ".")
	if isDevice(stem) { // of Windows, with every extension
		name = stem + "_"
		if rest != "" {
			name += "." + rest
		}
	}
	return name
}

func isDevice(stem string) bool {
	if slices.Contains([]string{"con", "prn", "aux", "nul"}, stem) {
		return true
	}
	number, is := strings.CutPrefix(stem, "com")
	if !is {
		number, is = strings.CutPrefix(stem, "lpt")
	}
	return is && len(number) == 1 && number >= "0" && number <= "9"
}
