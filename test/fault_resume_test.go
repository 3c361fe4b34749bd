package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// newKeyholders are tenants of the stack's own Vault, behind a proxy with a rule. Their transit keys are older than the
// second that Vault's clock is in.
func newKeyholders(t *testing.T, count int, ttl string, rule rule) (all *tenants, direct sealedNamespace) {
	t.Helper()
	base := newName()
	all = &tenants{sealedNamespace: sealedNamespace{sealedSecrets: sealedSecrets{on: theStack, namespace: base},
		plugin: "kubectl-vaultseal"}}
	for i := range count {
		name := base + "-" + strconv.Itoa(i)
		check(t, theStack.addNamespace(name))
		t.Cleanup(func() { empty(t, name) })
		one := sealedSecrets{on: theStack, namespace: name, prefix: "s", count: 2, key: name + "-derived"}
		theStack.newKey(t, one.key, true)
		check(t, one.create(map[string]string{"test": base}))
		all.secrets = append(all.secrets, one)
	}
	all.grant(t, ttl)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	check(t, theStack.kubeconfigFor(kubeconfig, all.secrets[0].namespace))
	all.env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "VAULT_ADDR="+theStack.vaultAddr,
		"VAULT_CACERT="+theStack.vaultCA,
		"VAULTSEAL_TRANSIT_KEY=transit/{namespace}-derived", "VAULTSEAL_AUTH_METHOD=jwt",
		"VAULTSEAL_ROLE="+base, "VAULTSEAL_SERVICE_ACCOUNT="+all.secrets[0].namespace+"/vaultseal")
	direct = all.sealedNamespace
	all.sealedNamespace = all.behindVault(t, rule)
	for made := time.Now().Unix(); time.Now().Unix() == made; {
		time.Sleep(10 * time.Millisecond)
	}
	return all, direct
}

// outage is a Vault that stops with the Nth matching request, for a given time. That request is carried out or not, and
// its answer is lost.
type outage struct {
	matches func(*http.Request) bool
	nth     int64
	done    bool
	lasts   time.Duration // 0: for good
	begins  func()

	seen atomic.Int64
	ends atomic.Int64 // in nanoseconds since 1970; 0: it has not begun
}

func (o *outage) rule(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if o.matches(r) && o.seen.Add(1) == o.nth {
		if o.done {
			next.ServeHTTP(httptest.NewRecorder(), r)
		}
		lasts := o.lasts
		if lasts == 0 {
			lasts = time.Hour
		}
		o.ends.Store(time.Now().Add(lasts).UnixNano())
		if o.begins != nil {
			o.begins()
		}
	}
	if time.Now().UnixNano() < o.ends.Load() {
		panic(http.ErrAbortHandler) // the connection ends
	}
	next.ServeHTTP(w, r)
}

// pasted runs a command of a hint as a user would.
func (p sealedNamespace) pasted(t *testing.T, command string) *process {
	t.Helper()
	running := &process{Cmd: exec.Command("sh", "-c", command)}
	running.Env, running.Stdout, running.Stderr = p.env, &running.stdout, &running.stderr
	check(t, running.Start())
	running.endsWith(t, 0)
	return running
}

// finish is the command that a rotation's hint says to finish with.
func (r *process) finish(t *testing.T) string {
	t.Helper()
	for line := range strings.Lines(r.stderr.String()) {
		if _, command, found := strings.Cut(line, "finish with "); found {
			return strings.TrimSpace(command)
		}
	}
	t.Fatalf("no hint says how to finish: %s", brief(r.stderr.String()))
	return ""
}

// TestFaultResume: a rotation that Vault left in the midst of is finished by the command that its hint names, and each
// transit key has exactly one version more.
func TestFaultResume(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		nth   int64
		done  bool
		flags []string
	}{
		"not rotated":      {nth: 4},
		"rotated, unknown": {nth: 4, done: true},
		"the last one":     {nth: 10, done: true},
		"retiring":         {nth: 4, done: true, flags: []string{"--retire", "--keep", "1", "--yes"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gone := &outage{matches: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/rotate") },
				nth: test.nth, done: test.done}
			all, direct := newKeyholders(t, 10, "10m", gone.rule)
			before := all.versions(t)
			rotate := all.ends(t, all.rotate(test.flags...), 1, 5)
			all.opens(t)
			t.Logf("finish with %s", rotate.finish(t))
			direct.pasted(t, rotate.finish(t))
			all.rotatedOnce(t, before)
			all.current(t)
			for key, is := range all.versions(t) {
				if retired := is.MinDecryption == is.Latest; retired != (test.flags != nil) {
					t.Errorf("key %s: %+v", key, is)
				}
			}
		})
	}
}

// truthful: what the report says of each key's oldest version is so, and each that is not known is named with the
// command that sets it back.
func (a *tenants) truthful(t *testing.T, rotate *process, states string) {
	t.Helper()
	var report struct {
		Retirements []struct {
			TransitKey, State, Reason string
			FromVersion, ToVersion    int
		}
	}
	if err := json.Unmarshal(rotate.stdout.Bytes(), &report); err != nil {
		t.Fatalf("report: %v; stderr: %s", err, brief(rotate.stderr.String()))
	}
	var all []string
	for _, row := range report.Retirements {
		name := strings.TrimPrefix(row.TransitKey, "transit/")
		is := a.on.versions(t, name).MinDecryption
		all = append(all, row.State)
		if row.State == "retired" && is != row.ToVersion || row.State == "stays" &&
			(is != row.FromVersion || row.Reason == "") {
			t.Errorf("the oldest version is %d, and the report says %+v", is, row)
		}
		if hint := "vault write transit/keys/" + name + "/config min_decryption_version=" +
			strconv.Itoa(row.FromVersion); row.State == "unknown" && !strings.Contains(rotate.stderr.String(), hint) {
			t.Errorf("stderr has no %q: %s", hint, brief(rotate.stderr.String()))
		}
	}
	if got := strings.Join(all, " "); got != states {
		t.Errorf("states %s, want %s; stderr: %s", got, states, brief(rotate.stderr.String()))
	}
}

// TestFaultRetireUnknown: Vault goes away while versions are being raised. What the report says is so, and what is
// not known is said for each key.
func TestFaultRetireUnknown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		outage *outage
		ttl    string
		states string
		codes  []int
		signal bool
	}{
		"for a moment": {&outage{nth: 2, done: true, lasts: 3 * time.Second}, "10m",
			"retired retired retired", []int{0}, false},
		"for a moment, not raised": {&outage{nth: 2, lasts: 3 * time.Second}, "1s", "retired retired retired",
			[]int{0}, false},
		"longer than one patience": {&outage{nth: 2, done: true, lasts: 45 * time.Second}, "10m",
			"retired retired retired", []int{0}, false},
		"for good": {&outage{nth: 2, done: true}, "10m", "retired unknown stays", []int{1, 5}, false},
		"interrupted": {&outage{nth: 2, done: true, lasts: 4 * time.Second}, "1s", "stays stays stays",
			[]int{130}, true},
		"interrupted, not raised": {&outage{nth: 2, lasts: 4 * time.Second}, "1s", "stays stays stays",
			[]int{130}, true},
		"interrupted, for too long": {&outage{nth: 2, done: true}, "1s", "unknown unknown stays", []int{130}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.outage.matches = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/config") }
			begun := make(chan struct{})
			test.outage.begins = func() { close(begun) }
			all, direct := newKeyholders(t, 3, test.ttl, test.outage.rule)
			before := all.versions(t)
			rotate := all.start(t, all.rotate("--retire", "--keep", "1", "--yes", "-o", "json")...)
			if test.signal {
				<-begun
				check(t, rotate.Process.Signal(syscall.SIGINT))
			}
			rotate.endsWith(t, test.codes...)
			all.truthful(t, rotate, test.states)
			all.rotatedOnce(t, before)
			if test.codes[0] != 0 {
				direct.pasted(t, rotate.finish(t))
			}
			all.rotatedOnce(t, before)
			all.current(t)
			for key, is := range all.versions(t) {
				if is.MinDecryption != is.Latest {
					t.Errorf("key %s is not retired in the end: %+v", key, is)
				}
			}
		})
	}
}
