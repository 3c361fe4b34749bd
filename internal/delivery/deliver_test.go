//go:build unix

package delivery

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// pod is what a container has of a pod: directories with ciphertext, and those to fill.
type pod struct {
	*testing.T
	root    string
	targets Targets

	mu      sync.Mutex
	opens   []string // "SECRET/ENTRY..." of each batch
	failing error
}

func (p *pod) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failing = err
}

func newPod(t *testing.T) *pod { return &pod{T: t, root: t.TempDir()} }

// at is a path in the pod.
func (p *pod) at(path string) string { return filepath.Join(p.root, path) }

const nonce = "0123456789012345678901234567"

// kubelet writes a volume as kubelet does, with ciphertexts of the plaintexts.
func (p *pod) kubelet(dir string, plaintexts ...string) {
	p.Helper()
	files := texts(plaintexts...)
	for name, f := range files {
		f.content = []byte("vault:v1:" + base64.StdEncoding.EncodeToString([]byte(nonce+string(f.content))))
		files[name] = f
	}
	switchTo(p.T, p.at(dir), files)
}

// open opens what kubelet's ciphertexts hold.
func (p *pod) open(_ context.Context, secrets []sealed.Secret) ([]map[string][]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var results []map[string][]byte
	var batch []string
	for _, secret := range secrets {
		result := map[string][]byte{}
		for _, entry := range secret.Entries {
			if !entry.Sealed() {
				return nil, engine.ErrNotSealed
			}
			batch = append(batch, secret.Name+"/"+entry.Name)
			_, text, _ := strings.Cut(strings.TrimPrefix(entry.Ciphertext.String(), "vault:"), ":")
			plain, _ := base64.StdEncoding.DecodeString(text)
			result[entry.Name] = plain[len(nonce):]
		}
		results = append(results, result)
	}
	p.opens = append(p.opens, strings.Join(batch, " "))
	return results, p.failing
}

func (p *pod) sealed(text string) *pod {
	p.Helper()
	from, err := ParseSealed(p.at(text))
	if err != nil {
		p.Fatal(err)
	}
	p.targets.Sealed = append(p.targets.Sealed, from)
	return p
}

func (p *pod) write(kind, text string) *pod {
	p.Helper()
	var target Target
	var err error
	switch kind {
	case "dir":
		target, err = ParseDir(p.at(text))
	case "file":
		target, err = ParseFile(p.at(text))
	case "copy":
		to, from, _ := strings.Cut(text, "=")
		target, err = ParseCopy(p.at(to) + "=" + p.at(from))
	case "env":
		var env EnvFile
		env, err = ParseEnvFile(p.at(text))
		p.targets.EnvFiles = append(p.targets.EnvFiles, env)
	}
	if err != nil {
		p.Fatal(err)
	}
	if target != nil {
		p.targets.Writes = append(p.targets.Writes, target)
	}
	return p
}

func (p *pod) plan() *Plan {
	p.Helper()
	key, _ := sealed.ParseKeyTemplate("transit/{namespace}")
	plan, err := NewPlan(p.targets, Defaults{Namespace: "shop", Key: key, Scope: sealed.Strict})
	if err != nil {
		p.Fatal(err)
	}
	return plan
}

func (p *pod) deliver() error {
	p.Helper()
	return p.plan().Deliver(p.Context(), p.open)
}

// has checks the text of a file.
func (p *pod) has(path, text string) {
	p.Helper()
	if got, err := os.ReadFile(p.at(path)); err != nil || string(got) != text {
		p.Errorf("%s: %q, %v: want %q", path, got, err, text)
	}
}

func (p *pod) hasNot(path string) {
	p.Helper()
	if _, err := os.Lstat(p.at(path)); err == nil {
		p.Errorf("%s is there", path)
	}
}

func TestDeliver(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "user", "me", "password", "horse")
	p.kubelet("sealed/db2", "password", "second", "extra", "more")
	p.kubelet("sealed/tls", "tls.crt", "CERT", "tls.key", "KEY")
	switchTo(t, p.at("from"), texts("conf/app.conf", "copied", "tls.crt", "copied"))
	p.targets.MakeDirs = []string{p.at("open/tls/nested")}
	p.targets.Binaries = []string{p.at("bin/vaultseal")}
	p.sealed("sealed/db=db").sealed("sealed/db2=db").sealed("sealed/tls=tls,scope=unbound")
	p.sealed("absent=unneeded")
	p.write("dir", "open/tls=tls,mode=0440").write("copy", "open/tls=from").write("copy", "open/strict=from,mode=0400").
		write("file", "open/tls/tls.key=db/user").
		write("file", "open/tls/late=db/none,optional").write("dir", "open/db=db").
		write("file", "open/one=db/password,mode=0400").write("file", "open/none=db/none,optional").
		write("env", "env/app/A=A:db/password,B:db/none,optional,C:tls/tls.crt").
		write("env", "env/app/E=E:db/none,optional")
	if err := p.deliver(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"db/password db/user db/extra tls/tls.crt tls/tls.key"}; !slices.Equal(p.opens, want) {
		t.Errorf("opened %q, want %q", p.opens, want)
	}
	p.has("open/tls/tls.crt", "copied") // the later one
	p.has("open/tls/tls.key", "me")
	p.has("open/tls/conf/app.conf", "copied")
	for dir, mode := range map[string]fs.FileMode{"open/tls": 0o644, "open/strict": 0o400} {
		if info, err := os.Stat(p.at(dir + "/conf/app.conf")); err != nil || info.Mode().Perm() != mode {
			t.Errorf("the copy in %s: %v, %v, want %v", dir, info, err, mode)
		}
	}
	p.hasNot("open/tls/late")
	p.has("open/db/password", "horse") // of the first directory
	p.has("open/db/extra", "more")
	p.has("open/one", "horse")
	p.hasNot("open/none")
	p.has("env/app/A", "A='horse'\nC='CERT'\n")
	p.has("env/app/E", "")
	p.hasNot("env/app/B")
	if info, err := os.Stat(p.at("open/tls/nested")); err != nil || !info.IsDir() {
		t.Errorf("%v, %v", info, err)
	}
	if info, err := os.Stat(p.at("bin/vaultseal")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info, err)
	}

	// A second run of a pod's init container.
	p.kubelet("sealed/db", "user", "you")
	p.targets.MakeDirs = nil
	if err := p.deliver(); err != nil {
		t.Fatal(err)
	}
	p.has("open/one", "second")
	p.has("open/tls/tls.key", "you")
}

// TestAllOrNothing: whatever fails, nothing is written.
func TestAllOrNothing(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*pod)
		want  string
	}{
		"Vault":           {func(p *pod) { p.failing = errors.New("vault is sealed") }, "vault is sealed"},
		"a missing entry": {func(p *pod) { p.write("file", "open/y=db/none") }, `secret shop/db: entry "none": not found in `},
		"a missing directory": {func(p *pod) { p.sealed("absent=other").write("dir", "open/other=other") },
			"read ciphertext of secret shop/other: lstat "},
		"a missing directory to copy": {func(p *pod) { p.write("copy", "open/c=absent") }, "read the files to copy: "},
		"a value that no env file carries": {func(p *pod) { p.write("env", "env/B=B:db/quote") },
			`secret shop/db entry "quote" cannot be variable B from a file: it has a single quote`},
		"an entry that is not sealed": {func(p *pod) {
			switchTo(p.T, p.at("sealed/plain"), texts("x", "PLAINTEXT"))
			p.sealed("sealed/plain=plain").write("dir", "open/plain=plain")
		}, engine.ErrNotSealed.Error()},
		"a place that is taken": {func(p *pod) {
			if err := os.MkdirAll(p.at("taken/x"), 0o700); err != nil {
				p.Fatal(err)
			}
			p.write("file", "taken/x=db/a")
		}, "is a directory"},
	} {
		p := newPod(t)
		p.kubelet("sealed/db", "a", "PLAINTEXT", "quote", "PLAIN'TEXT")
		p.sealed("sealed/db=db").write("dir", "open/db=db").write("file", "open/x=db/a").write("env", "env/A=A:db/a")
		p.targets.Binaries = []string{p.at("bin/vaultseal")}
		c.spoil(p)
		err := p.deliver()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "TEXT") {
			t.Errorf("%s: %v", name, err)
		}
		for _, dir := range []string{"open", "env", "bin"} {
			_ = filepath.WalkDir(p.at(dir), func(path string, entry os.DirEntry, _ error) error {
				if entry != nil && !entry.IsDir() {
					t.Errorf("%s: %s was written", name, path)
				}
				return nil
			})
		}
	}
}

func TestFullVolumeIsNamed(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "/open/tls/x", Err: syscall.ENOSPC}
	var noSpace *NoSpaceError
	if err := (&changes{}).finish(full); !errors.As(err, &noSpace) || !errors.Is(err, syscall.ENOSPC) ||
		err.Error() != full.Error() {
		t.Errorf("%v", err)
	}
}

func TestMissingEntryTellsWhatIsThere(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "b", "1", "a", "1")
	var missing *MissingEntryError
	err := p.sealed("sealed/db=db").write("file", "x=db/c").deliver()
	if !errors.As(err, &missing) || !slices.Equal(missing.Entries, []string{"a", "b"}) ||
		!slices.Equal(missing.Dirs, []string{p.at("sealed/db")}) || len(p.opens) > 0 {
		t.Errorf("%v: %+v, opened %q", err, missing, p.opens)
	}
}

func TestPlanRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		write func(*pod)
		want  string
	}{
		"no ciphertext":   {func(p *pod) { p.write("dir", "open=other") }, "secret other: no --sealed "},
		"two files":       {func(p *pod) { p.write("file", "x=db/a").write("file", "x=db/b") }, "is specified twice"},
		"kubelet's name":  {func(p *pod) { p.write("dir", "open").write("file", "open/..data=db/a") }, "are kubelet's"},
		"a file as a dir": {func(p *pod) { p.write("dir", "open").write("file", "open=db/a") }, "is specified twice"},
		"an env file in a directory": {func(p *pod) { p.write("dir", "open").write("env", "open/A=A:db/a") },
			"is in directory"},
		"a file and an env file": {func(p *pod) { p.write("file", "x=db/a").write("env", "x=A:db/a") }, "twice"},
	} {
		p := newPod(t).sealed("sealed/db=db")
		c.write(p)
		if plan, err := NewPlan(p.targets, Defaults{Namespace: "shop"}); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, plan, err)
		}
	}
}

// TestPlaintextIsOnlyInTheTargets: no directory has a file that no target names.
func TestPlaintextIsOnlyInTheTargets(t *testing.T) {
	p := newPod(t)
	p.kubelet("sealed/db", "a", "PLAINTEXT")
	p.sealed("sealed/db=db").write("dir", "open=db").write("file", "x=db/a").write("env", "env/A=A:db/a")
	for range 2 {
		if err := p.deliver(); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]bool{}
	_ = filepath.WalkDir(p.root, func(path string, entry os.DirEntry, _ error) error {
		if text, err := os.ReadFile(path); err == nil && entry.Type().IsRegular() &&
			strings.Contains(string(text), "PLAINTEXT") {
			relative, _ := filepath.Rel(p.root, path)
			found[relative] = true
		}
		return nil
	})
	now, _ := generation(p.at("open"))
	if want := []string{"env/A", "open/" + now + "/a", "x"}; !slices.Equal(slices.Sorted(maps.Keys(found)), want) {
		t.Errorf("plaintext in %v, want %v", slices.Sorted(maps.Keys(found)), want)
	}
}
