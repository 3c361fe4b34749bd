package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Write is one write of a Secret in etcd.
type Write struct {
	Revision int64  `json:"revision"`
	Secret   string `json:"secret"` // NAMESPACE/NAME
	// Operation is the ID of the operation that wrote, by its field manager; 0: a deletion, which names none.
	Operation int    `json:"operation,omitempty"`
	State     *State `json:"state,omitempty"` // nil: it was deleted
}

// History is all that happened to some Secrets, of which none existed before.
type History struct {
	Began      time.Time   `json:"began"`
	Seed       uint64      `json:"seed"`
	Operations []Operation `json:"operations"`
	// Writes are all that etcd has of these Secrets, in its order. They were read after all operations had ended.
	Writes []Write `json:"writes"`
	// Read is when etcd was read, in nanoseconds since the beginning. What it has was written before.
	Read int64 `json:"read"`
}

// Save writes the history to a file, one operation and one write a line.
func (h *History) Save(path string) error {
	var text bytes.Buffer
	encode := json.NewEncoder(&text)
	encode.SetEscapeHTML(false)
	head := *h
	head.Operations, head.Writes = nil, nil
	errs := []error{encode.Encode(line{History: &head})}
	for i := range h.Operations {
		errs = append(errs, encode.Encode(line{Operation: &h.Operations[i]}))
	}
	for i := range h.Writes {
		errs = append(errs, encode.Encode(line{Write: &h.Writes[i]}))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, begin := range tokenBeginnings() {
		if bytes.Contains(text.Bytes(), []byte(begin)) {
			return errors.New("the history is not saved: it has something like a token")
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}

// tokenBeginnings are those of Vault's tokens and of ServiceAccount tokens, which no history must have.
func tokenBeginnings() []string { return []string{"hvs.", "hvb.", "eyJhbGciOi"} }

// line is one line of a file.
type line struct {
	History   *History   `json:"history,omitempty"`
	Operation *Operation `json:"operation,omitempty"`
	Write     *Write     `json:"write,omitempty"`
}

// Load reads a file of Save.
func Load(path string) (*History, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var h *History
	for n, one := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var l line
		if err := json.Unmarshal(one, &l); err != nil {
			return nil, fmt.Errorf("%s line %d: %w", path, n+1, err)
		}
		switch {
		case l.History != nil && h == nil:
			h = l.History
		case l.Operation != nil && h != nil:
			h.Operations = append(h.Operations, *l.Operation)
		case l.Write != nil && h != nil:
			h.Writes = append(h.Writes, *l.Write)
		default:
			return nil, fmt.Errorf("%s line %d: it is not of a history", path, n+1)
		}
	}
	return h, nil
}
