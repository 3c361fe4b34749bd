package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// overlay lays files of a package of another module over a directory of ours while it is built, so that a few files
// of a large package can be used without what all of it imports.
type overlay struct {
	module string   // that has them, required by the go.mod of ours
	from   string   // directory in it
	files  []string // names
	to     string   // directory in our module
}

// write makes the file that go build -overlay reads.
func (o *overlay) write(ctx context.Context, source string, env []string, path string) error {
	download := exec.CommandContext(ctx, "go", "mod", "download", "-json", o.module)
	download.Dir, download.Env = source, env
	output, err := download.Output()
	if err != nil {
		return fmt.Errorf("download %s: %w: %s", o.module, err, strings.TrimSpace(string(output)))
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(output, &found); err != nil {
		return fmt.Errorf("find %s: %w", o.module, err)
	}
	replace := map[string]string{}
	for _, name := range o.files {
		replace[filepath.Join(source, o.to, name)] = filepath.Join(found.Dir, o.from, name)
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
