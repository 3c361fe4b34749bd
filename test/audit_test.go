package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vaultEvent is the part of a line of Vault's audit log that the tests read.
// Values in it are HMACs; paths, names and namespaces are in clear.
type vaultEvent struct {
	Type  string `json:"type"`
	Error string `json:"error"`
	Auth  struct {
		Accessor    string `json:"accessor"`
		DisplayName string `json:"display_name"`
		Metadata    struct {
			Namespace string `json:"service_account_namespace"`
			Name      string `json:"service_account_name"`
		} `json:"metadata"`
		TokenType string `json:"token_type"`
	} `json:"auth"`
	Request struct {
		Path      string `json:"path"`
		Operation string `json:"operation"`
	} `json:"request"`
	Response struct {
		Auth *struct {
			Accessor string `json:"accessor"`
			TokenTTL int    `json:"lease_duration"`
			Metadata struct {
				Namespace string `json:"service_account_namespace"`
			} `json:"metadata"`
		} `json:"auth"`
	} `json:"response"`
}

// kubeEvent is the part of a line of the API server's audit log that the tests read.
type kubeEvent struct {
	Stage     string `json:"stage"`
	Verb      string `json:"verb"`
	UserAgent string `json:"userAgent"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	RequestURI string `json:"requestURI"`
}

// marks are where a script last looked at the logs' ends.
type marks struct {
	kube, vault int64
	begin       int64 // where the API server's log ended when the script began
}

// newMarks are those of a script that begins.
func newMarks() (*marks, error) {
	var at marks
	err := at.move()
	at.begin = at.kube
	return &at, err
}

// move moves them to the logs' ends.
func (m *marks) move() error {
	for path, offset := range map[string]*int64{theStack.kubeAudit: &m.kube, theStack.vaultAudit: &m.vault} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		*offset = info.Size()
	}
	return nil
}

type markKey struct{}

// linesSince gives the whole lines of a log that begin at an offset or later. A log's end, seen while a long line was
// being written, may lie within that.
func linesSince(path string, offset int64) ([][]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if _, err := file.Seek(max(offset-1, 0), io.SeekStart); err != nil {
		return nil, err
	}
	var lines [][]byte
	reader := bufio.NewReader(file)
	if offset > 0 {
		if _, err := reader.ReadBytes('\n'); err != nil { // the end of the line before
			return nil, ignoreEOF(err)
		}
	}
	for {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, bytes.Clone(line))
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func TestLinesSince(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	check(t, os.WriteFile(path, []byte("one\ntwo\nthr"), 0o600))
	for offset, want := range map[int64]string{0: "one\ntwo\n", 2: "two\n", 4: "two\n", 5: "", 8: "", 10: "", 11: ""} {
		lines, err := linesSince(path, offset)
		check(t, err)
		if got := string(bytes.Join(lines, nil)); got != want {
			t.Errorf("from %d on: %q", offset, got)
		}
	}
}

func eventsSince[T any](path string, offset int64) ([]T, error) {
	lines, err := linesSince(path, offset)
	if err != nil {
		return nil, err
	}
	events := make([]T, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal(line, &events[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return events, nil
}

// vaultCalls are Vault's answers to a namespace's ServiceAccounts, one "OPERATION PATH" a line. Other accounts use the
// namespace's transit keys too: a retirement elsewhere asks which key a Secret in view belongs to.
func vaultCalls(events []vaultEvent, namespace string) []string {
	var calls []string
	for _, e := range events {
		account := e.Auth.Metadata.Namespace
		if e.Response.Auth != nil { // a login
			account = e.Response.Auth.Metadata.Namespace
		}
		if e.Type == "response" && account == namespace {
			calls = append(calls, e.Request.Operation+" "+e.Request.Path)
		}
	}
	return calls
}

// kubeCalls are the plugin's requests in a namespace, one "VERB RESOURCE NAME" a line.
func kubeCalls(events []kubeEvent, namespace string) []string {
	var calls []string
	for _, e := range events {
		if e.Stage != "ResponseComplete" || e.ObjectRef.Namespace != namespace ||
			!strings.HasPrefix(e.UserAgent, "kubectl-vaultseal") {
			continue
		}
		resource := e.ObjectRef.Resource
		if e.ObjectRef.Subresource != "" {
			resource += "/" + e.ObjectRef.Subresource
		}
		calls = append(calls, strings.TrimSpace(e.Verb+" "+resource+" "+e.ObjectRef.Name))
	}
	return calls
}
