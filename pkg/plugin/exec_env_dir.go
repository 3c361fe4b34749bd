package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxVariable is more than a system lets a program have in one variable.
const maxVariable = 4 << 20

// envOfDir returns a variable for each file of a directory, with the file's bytes as its value. Names that begin with
// ".." are kubelet's own. A directory in it is no variable.
func envOfDir(dir string) ([]variable, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("--env-dir: %w", err)
	}
	var found []variable
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if strings.HasPrefix(entry.Name(), "..") {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("--env-dir: %w", err)
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if strings.Contains(entry.Name(), "=") {
			return nil, fmt.Errorf("--env-dir: %s: the name of a variable has no =", path)
		}
		if info.Size() > maxVariable {
			return nil, fmt.Errorf("--env-dir: %s is too large for a variable", path)
		}
		value, err := os.ReadFile(path) //nolint:gosec // the command line names the directory
		if err != nil {
			return nil, fmt.Errorf("--env-dir: %w", err)
		}
		found = append(found, variable{entry.Name(), string(value), "file " + path})
	}
	return found, nil
}
