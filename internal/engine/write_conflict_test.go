package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const writers = 12

// atOnce lets that many clients read a Secret before the first of them writes it.
func atOnce(cluster *fakeCluster, count int) {
	var arrived sync.WaitGroup
	arrived.Add(count)
	var mu sync.Mutex
	cluster.before = func(verb, _ string) error {
		mu.Lock()
		first := verb == "patch" && count > 0
		if first {
			count--
			arrived.Done()
		}
		mu.Unlock()
		if first {
			arrived.Wait()
		}
		return nil
	}
}

// setsAtOnce sets entries of the Secret a/s, each by a client of its own, all at once.
func setsAtOnce(t *testing.T, cluster *fakeCluster, entry func(int) string) []error {
	t.Helper()
	atOnce(cluster, writers)
	v := newFakeVault(derived)
	errs := make([]error, writers)
	var group sync.WaitGroup
	for n := range errs {
		c := newTestClient(t, cluster, v, "transit/derived")
		group.Go(func() {
			value := []byte(fmt.Sprint("value-", n))
			_, errs[n] = c.Set(t.Context(), SetRequest{Namespace: "a", Name: "s", Entry: entry(n), ReadBack: true,
				Value: func([]byte) ([]byte, error) { return value, nil }})
		})
	}
	group.Wait()
	return errs
}

func TestSetsOfDifferentEntriesAtOnce(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"kept": "k"}))
	for n, err := range setsAtOnce(t, cluster, func(n int) string { return fmt.Sprint("e", n) }) {
		if err != nil {
			t.Errorf("%d: %v", n, err)
		}
	}
	opened := mustOpen(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"), "a", "s")
	for n := range writers {
		if got := string(opened[fmt.Sprint("e", n)]); got != fmt.Sprint("value-", n) {
			t.Errorf("e%d is %q", n, got)
		}
	}
	if len(opened) != writers+1 || string(opened["kept"]) != "k" {
		t.Errorf("%d entries", len(opened))
	}
}

func TestSetsOfOneEntryAtOnce(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"}))
	done := -1
	for n, err := range setsAtOnce(t, cluster, func(int) string { return "x" }) {
		var touched *TouchedError
		switch {
		case err == nil && done < 0:
			done = n
		case err == nil:
			t.Errorf("both %d and %d say that they have written", done, n)
		case !errors.As(err, &touched) || touched.Entry != "x" || !errors.Is(err, kube.ErrConflict):
			t.Errorf("%d: %v", n, err)
		}
	}
	opened := mustOpen(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"), "a", "s")
	if got := string(opened["x"]); got != fmt.Sprint("value-", done) {
		t.Errorf("x is %q, and %d says that it has written", got, done)
	}
}

// theirs are what another client does to the Secret a/s, with the entries mine and other, before it is written.
var theirs = map[string]struct {
	do      func(*corev1.Secret)
	touches string // what the error says was changed; empty: the command goes on
}{
	"changes another entry": {func(s *corev1.Secret) { s.Data["other"] = sealedAs("other", 1, "theirs") }, ""},
	"adds an entry":         {func(s *corev1.Secret) { s.Data["third"] = sealedAs("third", 1, "theirs") }, ""},
	"adds a label":          {func(s *corev1.Secret) { s.Labels["theirs"] = "x" }, ""},
	"rewraps": {func(s *corev1.Secret) {
		s.Data["mine"], s.Data["other"] = sealedAs("mine", 2, "old"), sealedAs("other", 2, "old")
	}, ""},
	"changes the entry": {func(s *corev1.Secret) { s.Data["mine"] = sealedAs("mine", 1, "theirs") },
		`entry "mine"`},
	"changes the entry and rotates": {func(s *corev1.Secret) { s.Data["mine"] = sealedAs("mine", 2, "theirs") },
		`entry "mine"`},
	"removes the entry": {func(s *corev1.Secret) { delete(s.Data, "mine") }, `entry "mine"`},
	"makes it anew":     {func(s *corev1.Secret) { s.UID = "another" }, "was deleted and created again"},
	"seals with another scope": {func(s *corev1.Secret) { s.Annotations[sealed.ScopeAnnotation] = "cluster-wide" },
		"transit key or scope"},
}

func sealedAs(entry string, version int, plaintext string) []byte {
	return []byte(ciphertext(derived.Key, version, "v1/strict/a/s/"+entry, plaintext).String())
}

// ours are the commands that change the entry mine, and what it is then.
var ours = map[string]struct {
	do   func(context.Context, *Client) error
	want string
}{
	"set": {func(ctx context.Context, c *Client) error {
		_, err := c.Set(ctx, SetRequest{Namespace: "a", Name: "s", Entry: "mine", ReadBack: true,
			Value: func([]byte) ([]byte, error) { return []byte("new"), nil }})
		return err
	}, "new"},
	"set a field": {func(ctx context.Context, c *Client) error {
		_, err := c.Set(ctx, SetRequest{Namespace: "a", Name: "s", Entry: "mine", NeedsOld: true,
			Value: func(old []byte) ([]byte, error) { return append(old, "+new"...), nil }})
		return err
	}, "old+new"},
	"unset": {func(ctx context.Context, c *Client) error {
		_, err := c.Set(ctx, SetRequest{Namespace: "a", Name: "s", Entry: "mine",
			Value: func([]byte) ([]byte, error) { return nil, nil }})
		return err
	}, ""},
	"edit": {func(ctx context.Context, c *Client) error {
		opened, err := c.OpenToChange(ctx, "a", "s", "")
		if err == nil {
			entries := map[string][]byte{"mine": []byte("new"), "other": opened.Entries["other"]}
			_, err = c.Save(ctx, SaveRequest{Opened: opened, Entries: entries, ReadBack: true})
		}
		return err
	}, "new"},
	"create --merge": {func(ctx context.Context, c *Client) error {
		r := request(map[string]string{"mine": "new"})
		r.IfExists = Merge
		_, err := c.Create(ctx, r)
		return err
	}, "new"},
}

// TestChangesOfOthersMeanwhile: a command continues if another client has changed something else, and keeps that
// change.
func TestChangesOfOthersMeanwhile(t *testing.T) {
	for command, our := range ours {
		for other, their := range theirs {
			t.Run(command+"/"+other, func(t *testing.T) {
				secret := sealedSecret("a", "s", derived, 1, map[string]string{"mine": "old", "other": "old"})
				secret.UID = "one"
				cluster, twice := newFakeCluster(secret), aes("derived", true, 2)
				var once sync.Once
				cluster.before = func(verb, _ string) error {
					if verb == "patch" {
						once.Do(func() {
							changed := cluster.get("a/s")
							their.do(changed)
							cluster.put(changed)
						})
					}
					return nil
				}
				c := newTestClient(t, cluster, newFakeVault(twice), "transit/derived")
				err := our.do(t.Context(), c)
				if their.touches != "" {
					checkTouched(t, cluster, err, their.touches)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				checkBoth(t, cluster, mustOpen(t, c, "a", "s")["mine"], our.want, their.do)
			})
		}
	}
}

func checkTouched(t *testing.T, cluster *fakeCluster, err error, what string) {
	t.Helper()
	var touched *TouchedError
	if !errors.As(err, &touched) || !strings.Contains(err.Error(), "secret a/s "+what+": changed by someone else") {
		t.Errorf("error %v, want one about %s", err, what)
	}
	if n := cluster.count("patch"); n != 1 {
		t.Errorf("%d writes were tried", n)
	}
}

// checkBoth reports whether both what the command and what the other client has done is there.
func checkBoth(t *testing.T, cluster *fakeCluster, mine []byte, want string, their func(*corev1.Secret)) {
	t.Helper()
	if string(mine) != want {
		t.Errorf("mine is %q, want %q", mine, want)
	}
	is := cluster.get("a/s")
	alone := is.DeepCopy()
	their(alone)
	for entry, value := range alone.Data {
		if entry != "mine" && !bytes.Equal(value, is.Data[entry]) {
			t.Errorf("entry %s of the other client is lost", entry)
		}
	}
	if is.Labels["theirs"] != alone.Labels["theirs"] {
		t.Error("the other client's label is lost")
	}
}

// TestRewrappedMeanwhileWithoutTheRightToOpen: what cannot be told from a change is one.
func TestRewrappedMeanwhileWithoutTheRightToOpen(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"mine": "old", "other": "old"}))
	var once sync.Once
	cluster.before = func(verb, _ string) error {
		if verb == "patch" {
			once.Do(func() {
				changed := cluster.get("a/s")
				theirs["rewraps"].do(changed)
				cluster.put(changed)
			})
		}
		return nil
	}
	v := newFakeVault(aes("derived", true, 2))
	v.before = func(verb string) error {
		if verb == "decrypt" {
			return transit.ErrDenied
		}
		return nil
	}
	checkTouched(t, cluster, ours["set"].do(t.Context(), newTestClient(t, cluster, v, "transit/derived")),
		`entry "mine"`)
}

// TestWriteIsGivenUp: a Secret that is written each time ends the command, and not at the first time.
func TestWriteIsGivenUp(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"mine": "old"}))
	cluster.before = func(verb, _ string) error {
		if verb == "patch" {
			cluster.put(cluster.get("a/s"))
		}
		return nil
	}
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	err := ours["set"].do(t.Context(), c)
	if !errors.Is(err, kube.ErrConflict) || !strings.Contains(err.Error(), "tried 24 times") ||
		cluster.count("patch") != writeRetries().tries {
		t.Errorf("%v after %d writes", err, cluster.count("patch"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ours["set"].do(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}

// TestMergesOfANewSecretAtOnce: the second one finds a Secret that was not there, and adds to it.
func TestMergesOfANewSecretAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		theirs string
		fails  bool
	}{"another entry": {"other", false}, "the same entry": {"mine", true}} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster()
			var once sync.Once
			cluster.before = func(verb, _ string) error {
				if verb == "create" {
					once.Do(func() {
						cluster.put(sealedSecret("a", "s", derived, 1, map[string]string{c.theirs: "theirs"}))
					})
				}
				return nil
			}
			client := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
			err := ours["create --merge"].do(t.Context(), client)
			var touched *TouchedError
			if c.fails != errors.As(err, &touched) || !c.fails && err != nil {
				t.Fatal(err)
			}
			if opened := mustOpen(t, client, "a", "s"); string(opened[c.theirs]) != "theirs" || !c.fails &&
				string(opened["mine"]) != "new" {
				t.Errorf("%q", opened)
			}
		})
	}
}

// TestMetadataThatAnotherClientChanges is not overwritten by a merge that gives the same label.
func TestMetadataThatAnotherClientChanges(t *testing.T) {
	secret := sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"})
	secret.Labels["team"] = "one"
	cluster := newFakeCluster(secret)
	var once sync.Once
	cluster.before = func(verb, _ string) error {
		if verb == "patch" {
			once.Do(func() {
				changed := cluster.get("a/s")
				changed.Labels["team"] = "theirs"
				cluster.put(changed)
			})
		}
		return nil
	}
	r := request(map[string]string{"y": "new"})
	r.IfExists, r.Metadata = Merge, Metadata{Labels: map[string]string{"team": "ours"}}
	_, err := newTestClient(t, cluster, newFakeVault(derived), "transit/derived").Create(t.Context(), r)
	checkTouched(t, cluster, err, "label team")
}
