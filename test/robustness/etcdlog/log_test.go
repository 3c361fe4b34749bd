package etcdlog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeEtcd answers as etcd's gateway: with its revision, and to a watch with the lines, after which it keeps the
// connection open.
func fakeEtcd(t *testing.T, revision int, lines ...string) *Etcd {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.URL.Path == "/v3/kv/range":
			_, _ = fmt.Fprintf(w, `{"header": {"revision": "%d"}, "count": "7"}`, revision)
		case r.URL.Path == "/v3/watch" && strings.Contains(string(body), `"start_revision":"1"`):
			for _, line := range lines {
				_, _ = fmt.Fprintln(w, line)
			}
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		default:
			http.Error(w, "no such call", http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return &Etcd{address: server.URL}
}

func put(revision int, key, value string) string {
	return fmt.Sprintf(`{"kv": {"key": %q, "mod_revision": "%d", "value": %q}}`, b64(key), revision, b64(value))
}

func deleted(revision int, key string) string {
	return fmt.Sprintf(`{"type": "DELETE", "kv": {"key": %q, "mod_revision": "%d"}}`, b64(key), revision)
}

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func events(all ...string) string {
	return `{"result": {"header": {"revision": "99"}, "events": [` + strings.Join(all, ", ") + `]}}`
}

const created = `{"result": {"header": {"revision": "99"}, "created": true}}`

func secretAt(revision int, namespace, name, uid, value string) string {
	return put(revision, "/registry/secrets/"+namespace+"/"+name,
		stored("v1", "Secret", secretBytes(namespace, name, uid, "e", value)))
}

// told is a log as text: a line for each write.
func told(log Log) string {
	var lines strings.Builder
	for _, w := range log.Writes {
		value, version := "deleted", ""
		if w.Secret != nil {
			value, version = string(w.Secret.Data["e"]), w.Secret.ResourceVersion
		}
		_, _ = fmt.Fprintln(&lines, w.Revision, w.Namespace, w.Name, w.UID, value, version)
	}
	return lines.String()
}

func TestSecrets(t *testing.T) {
	const key = "/registry/secrets/b/two"
	etcd := fakeEtcd(t, 9, created,
		events(put(2, "/registry/namespaces/a", "x"), secretAt(3, "a", "one", "u1", "first")),
		events(secretAt(4, "b", "two", "u2", "second")),
		events(secretAt(5, "a", "one", "u1", "third"), deleted(6, key), put(6, "/registry/secretsother/a/b", "x")),
		events(secretAt(7, "b", "two", "u3", "fourth"), deleted(8, key), deleted(9, "/registry/leases/a/b")),
		events(secretAt(10, "b", "two", "u4", "after the end")))
	log, err := etcd.Secrets(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := `3 a one u1 first 3
4 b two u2 second 4
5 a one u1 third 5
6 b two u2 deleted 
7 b two u3 fourth 7
8 b two u3 deleted 
`
	if log.Revision != 9 || told(log) != want {
		t.Errorf("up to revision %d:\n%s\nwant\n%s", log.Revision, told(log), want)
	}
}

// TestSecretsEndsBetween: the last revision may be of a key that is written again while the watch goes on.
func TestSecretsEndsBetween(t *testing.T) {
	etcd := fakeEtcd(t, 4, created, events(secretAt(3, "a", "one", "u1", "first"), put(5, "/other", "x")))
	log, err := etcd.Secrets(context.Background())
	if err != nil || len(log.Writes) != 1 {
		t.Errorf("%+v, %v", log, err)
	}
}

func TestSecretsFails(t *testing.T) {
	other := stored("v1", "Secret", secretBytes("a", "c", "", "", ""))
	for name, c := range map[string]struct{ line, want string }{
		"compacted":    {`{"result": {"canceled": true, "compact_revision": "40"}}`, "nothing before revision 40"},
		"cancelled":    {`{"result": {"canceled": true, "cancel_reason": "no leader"}}`, "no leader"},
		"an error":     {`{"error": {"code": 14, "message": "shutting down"}}`, "shutting down"},
		"not JSON":     {`<html>`, "at revision 1 of 9"},
		"disordered":   {events(put(5, "/other", "x"), put(4, "/other", "x")), "revision 4 comes after 5"},
		"no Secret":    {events(put(5, "/registry/secrets/lone", "x")), "is not of a Secret"},
		"deeper":       {events(put(5, "/registry/secrets/a/b/c", "x")), "is not of a Secret"},
		"other object": {events(put(5, "/registry/secrets/a/b", other)), "of a/c"},
		"broken":       {events(put(5, "/registry/secrets/a/b", "x")), "revision 5: secret a/b: the value is not"},
		"never there":  {events(deleted(5, "/registry/secrets/a/b")), "was never written"},
	} {
		t.Run(name, func(t *testing.T) {
			log, err := fakeEtcd(t, 9, created, c.line).Secrets(context.Background())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v; want an error with %q", log, err, c.want)
			}
			var compacted *CompactedError
			if errors.As(err, &compacted) != (name == "compacted") {
				t.Errorf("%T", err)
			}
		})
	}
}

func TestNoEtcd(t *testing.T) {
	for name, etcd := range map[string]*Etcd{
		"no revision": fakeEtcd(t, 0), "nothing listens": {address: "http://127.0.0.1:1"},
	} {
		if revision, err := etcd.Revision(context.Background()); err == nil {
			t.Errorf("%s: revision %d", name, revision)
		}
	}
}

func TestOfStack(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"a stack":  {`{"path": "x", "args": ["--a=b", "--etcd-servers=http://127.0.0.1:2379"]}`, "http://127.0.0.1:2379"},
		"no flag":  {`{"path": "x", "args": ["--a=b"]}`, ""},
		"not JSON": {`x`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "apiserver.json"), []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			etcd, err := OfStack(dir)
			if (err == nil) != (c.want != "") || err == nil && etcd.address != c.want {
				t.Errorf("%+v, %v; want %q", etcd, err, c.want)
			}
		})
	}
	if _, err := OfStack(t.TempDir()); err == nil {
		t.Error("a directory without a stack has an etcd")
	}
}
