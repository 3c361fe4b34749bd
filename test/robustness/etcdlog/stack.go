package etcdlog

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// OfStack is the etcd of the stack with that state directory. The directory has the API server's flags.
func OfStack(dir string) (*Etcd, error) {
	path := filepath.Join(dir, "apiserver.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var server struct {
		Args []string `json:"args"`
	}
	if err := json.Unmarshal(text, &server); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	for _, arg := range server.Args {
		if address, found := strings.CutPrefix(arg, "--etcd-servers="); found {
			return &Etcd{address: strings.TrimSuffix(address, "/")}, nil
		}
	}
	return nil, fmt.Errorf("%s has no flag --etcd-servers", path)
}
