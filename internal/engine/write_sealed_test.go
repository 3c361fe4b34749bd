package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// retireDuringWrites rotates and retires a key just before the first writes of Secret a/s arrive, so many times.
func retireDuringWrites(t *testing.T, cluster *fakeCluster, v *fakeVault, key string, times int) {
	t.Helper()
	cluster.put(sealedSecret("z", "other", *v.keys[mustKey(t, key)], 1, map[string]string{"x": "x"}))
	retirer := newTestClient(t, cluster, v, key)
	retiring := false
	cluster.before = func(verb, object string) error {
		if retiring || times == 0 || object != "a/s" || verb != "create" && verb != "patch" {
			return nil
		}
		times--
		retiring = true
		defer func() { retiring = false }()
		if row := retired(t, retirer, retireKeeping(1)); row.ToVersion != v.keys[mustKey(t, key)].LatestVersion {
			t.Errorf("%+v", row)
		}
		return nil
	}
}

func mustKey(t *testing.T, text string) transit.Key {
	t.Helper()
	key, err := transit.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// unsealedSecret is one that was not sealed yet.
func unsealedSecret(entries map[string][]byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "s"}, Type: corev1.SecretTypeOpaque,
		Data: entries}
}

// TestRetiredDuringTheWrite: the write of new ciphertexts arrives after a retirement that could not see it.
func TestRetiredDuringTheWrite(t *testing.T) {
	creates := func(change func(*CreateRequest)) func(context.Context, *Client) (*CreateResult, error) {
		return func(ctx context.Context, c *Client) (*CreateResult, error) {
			r := request(map[string]string{"x": "new", "y": "more"})
			change(&r)
			return c.Create(ctx, r)
		}
	}
	for name, c := range map[string]struct {
		live    *corev1.Secret
		denied  bool // to decrypt
		command func(context.Context, *Client) (*CreateResult, error)
		want    string
	}{
		"create": {nil, false, creates(func(*CreateRequest) {}), "new"},
		"create without the right to decrypt": {nil, true, creates(func(r *CreateRequest) { r.ReadBack = false }),
			"new"},
		"create --merge of a new one": {nil, false, creates(func(r *CreateRequest) { r.IfExists = Merge }), "new"},
		"adopt": {unsealedSecret(map[string][]byte{"x": []byte("new")}), false, creates(func(r *CreateRequest) {
			r.Entries, r.Live, r.Adopt, r.IfExists = nil, true, true, Merge
		}), "new"},
		"adopt, overwrite": {unsealedSecret(map[string][]byte{"x": []byte("old")}), false,
			creates(func(r *CreateRequest) { r.Adopt, r.IfExists = true, Overwrite }), "new"},
		"reseal with another key": {sealedSecret("a", "s", plain, 1, map[string]string{"x": "old"}), false,
			func(ctx context.Context, c *Client) (*CreateResult, error) {
				return c.Reseal(ctx, ResealRequest{Namespace: "a", Name: "s", To: derived.Key})
			}, "old"},
		"copy": {sealedSecret("b", "s", plain, 1, map[string]string{"x": "old"}), false,
			func(ctx context.Context, c *Client) (*CreateResult, error) {
				result, err := c.Move(ctx, ResealRequest{Namespace: "b", Name: "s", To: derived.Key,
					ToPlace: sealed.Place{Namespace: "a"}}, false)
				return &result.CreateResult, err
			}, "old"},
		"move": {sealedSecret("b", "s", plain, 1, map[string]string{"x": "old"}), false,
			func(ctx context.Context, c *Client) (*CreateResult, error) {
				result, err := c.Move(ctx, ResealRequest{Namespace: "b", Name: "s", To: derived.Key,
					ToPlace: sealed.Place{Namespace: "a"}}, true)
				return &result.CreateResult, err
			}, "old"},
		"set an entry beside others": {sealedSecret("a", "s", derived, 1, map[string]string{"y": "old"}), false, setX,
			"new"},
	} {
		for times := range sealedWriteTries {
			t.Run(fmt.Sprint(name, ", ", times, " times"), func(t *testing.T) {
				cluster, v := newFakeCluster(), newFakeVault(derived, plain)
				if c.live != nil {
					cluster.put(c.live)
				}
				retireDuringWrites(t, cluster, v, "transit/derived", times)
				if c.denied {
					v.before = func(verb string) error {
						if verb == "decrypt" {
							return transit.ErrDenied
						}
						return nil
					}
				}
				client := newTestClient(t, cluster, v, "transit/derived")
				result, err := c.command(t.Context(), client)
				if err != nil {
					t.Fatal(err)
				}
				v.before = nil
				if got := mustOpen(t, client, "a", "s"); string(got["x"]) != c.want {
					t.Errorf("opened %q", got)
				}
				if live := cluster.get("a/s"); result.Secret.ResourceVersion != live.ResourceVersion {
					t.Errorf("gave version %s of the Secret, stored is %s", result.Secret.ResourceVersion,
						live.ResourceVersion)
				}
				if minVersions(v, derived).Decryption != times+1 {
					t.Errorf("%+v", minVersions(v, derived))
				}
			})
		}
	}
}

func setX(ctx context.Context, c *Client) (*CreateResult, error) {
	return c.Set(ctx, SetRequest{Namespace: "a", Name: "s", Entry: "x",
		Value: func([]byte) ([]byte, error) { return []byte("new"), nil }})
}

// TestRetiredWhileTheOnlyEntryIsSet: the rewrap before the retirement makes the write a conflict. The old value no
// longer shows that it was only rewrapped, so that the new one must not replace it.
func TestRetiredWhileTheOnlyEntryIsSet(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"}))
	v := newFakeVault(derived)
	retireDuringWrites(t, cluster, v, "transit/derived", 1)
	c := newTestClient(t, cluster, v, "transit/derived")
	_, err := setX(t.Context(), c)
	var touched *TouchedError
	if got := mustOpen(t, c, "a", "s"); !errors.As(err, &touched) || string(got["x"]) != "old" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestRetiredDuringAWriteThatProvesNothing: a role that may not decrypt replaces the only entry, which belongs to
// another key. Such an entry keeps no version from being retired, and no rewrap changes its resourceVersion.
func TestRetiredDuringAWriteThatProvesNothing(t *testing.T) {
	live := sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"})
	live.Data["x"] = []byte(ciphertext(plain.Key, 1, "", "old").String())
	cluster, v := newFakeCluster(live), newFakeVault(derived, plain)
	retireDuringWrites(t, cluster, v, "transit/derived", 1)
	v.before = func(verb string) error {
		if verb == "decrypt" {
			return transit.ErrDenied
		}
		return nil
	}
	c := newTestClient(t, cluster, v, "transit/derived")
	if _, err := setX(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	v.before = nil
	if got := mustOpen(t, c, "a", "s"); string(got["x"]) != "new" {
		t.Errorf("opened %q", got)
	}
}

// TestRetiredAgainAndAgain: what was written does not open, so it is no success.
func TestRetiredAgainAndAgain(t *testing.T) {
	cluster, v := newFakeCluster(), newFakeVault(derived)
	retireDuringWrites(t, cluster, v, "transit/derived", sealedWriteTries)
	_, err := newTestClient(t, cluster, v, "transit/derived").Create(t.Context(), request(map[string]string{"x": "1"}))
	var failed *RetiredWriteError
	if !errors.As(err, &failed) || failed.Version != sealedWriteTries || failed.Key != derived.Key ||
		failed.Namespace != "a" || failed.Name != "s" || strings.Contains(err.Error(), "PLAINTEXT") {
		t.Errorf("%v", err)
	}
}

// TestRetiredAndNotSealedAgain: the values that do not open are never taken for another client's.
func TestRetiredAndNotSealedAgain(t *testing.T) {
	for name, ifExists := range map[string]IfExists{"create": Refuse, "create --merge": Merge} {
		t.Run(name, func(t *testing.T) {
			cluster, v := newFakeCluster(), newFakeVault(derived)
			retireDuringWrites(t, cluster, v, "transit/derived", 1)
			retire := cluster.before
			cluster.before = func(verb, object string) error {
				if verb == "patch" && object == "a/s" {
					cluster.put(cluster.get("a/s")) // another client's write
				}
				return retire(verb, object)
			}
			r := request(map[string]string{"x": "1"})
			r.IfExists = ifExists
			_, err := newTestClient(t, cluster, v, "transit/derived").Create(t.Context(), r)
			var failed *RetiredWriteError
			if !errors.As(err, &failed) || !errors.Is(err, kube.ErrConflict) || cluster.count("patch a") != 1 {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestRetiredAndNotEncryptedAgain: Vault refuses to seal again. The command says that its values do not open.
func TestRetiredAndNotEncryptedAgain(t *testing.T) {
	cluster, v := newFakeCluster(), newFakeVault(derived)
	retireDuringWrites(t, cluster, v, "transit/derived", 1)
	v.before = func(verb string) error {
		if verb == "encrypt" && v.count("encrypt") > 0 {
			return transit.ErrDenied
		}
		return nil
	}
	_, err := newTestClient(t, cluster, v, "transit/derived").Create(t.Context(), request(map[string]string{"x": "1"}))
	var failed *RetiredWriteError
	if !errors.As(err, &failed) || !errors.Is(err, transit.ErrDenied) || failed.Version != 1 {
		t.Errorf("%v", err)
	}
}

// TestKeyUnreadAfterTheWrite: the Secret is written, and the command says what it does not know.
func TestKeyUnreadAfterTheWrite(t *testing.T) {
	cluster, v := newFakeCluster(), newFakeVault(derived)
	v.before = func(verb string) error {
		if verb == "key" && cluster.count("create") > 0 {
			return transit.ErrDenied
		}
		return nil
	}
	result, err := newTestClient(t, cluster, v, "transit/derived").Create(t.Context(),
		request(map[string]string{"x": "1"}))
	if err != nil || !result.Created || len(result.Warnings) != 1 ||
		!strings.Contains(result.Warnings[0], "transit/derived") {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestKeyReadOnlyAfterUnguardedWrites counts the reads of the key.
func TestKeyReadOnlyAfterUnguardedWrites(t *testing.T) {
	for _, c := range []struct {
		name    string
		live    bool
		dryRun  DryRun
		command func(context.Context, *Client, DryRun) error
		want    int
	}{
		{"create", false, DryRunNone, createX, 2},
		{"create, a dry run", false, DryRunClient, createX, 1},
		{"create, a dry run of the server", false, DryRunServer, createX, 1},
		{"set", true, DryRunNone, func(ctx context.Context, c *Client, _ DryRun) error {
			_, err := setX(ctx, c)
			return err
		}, 1},
	} {
		cluster, v := newFakeCluster(), newFakeVault(derived)
		if c.live {
			cluster.put(sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"}))
		}
		err := c.command(t.Context(), newTestClient(t, cluster, v, "transit/derived"), c.dryRun)
		if got := v.count("key"); err != nil || got != c.want {
			t.Errorf("%s: %d reads of the key, want %d; %v", c.name, got, c.want, err)
		}
	}
}

func createX(ctx context.Context, c *Client, dryRun DryRun) error {
	r := request(map[string]string{"x": "1"})
	r.DryRun = dryRun
	_, err := c.Create(ctx, r)
	return err
}

// TestGuarded: only an entry that is as old as the new ciphertexts keeps their version from being retired.
func TestGuarded(t *testing.T) {
	entry := func(version int) sealed.Entry {
		return sealed.Entry{Name: "x", Ciphertext: ciphertext(derived.Key, version, "", "")}
	}
	for _, c := range []struct {
		proven []int
		set    int
		want   bool
	}{{nil, 2, false}, {[]int{1}, 2, true}, {[]int{2}, 2, true}, {[]int{3}, 2, false}, {[]int{3, 2}, 2, true}} {
		var s sealing
		for _, version := range c.proven {
			s.proven = append(s.proven, entry(version))
		}
		if got := s.guarded(map[string]transit.Ciphertext{"x": entry(c.set).Ciphertext}); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
