package engine

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

const (
	longAgo = "2020-01-01T00:00:00Z"
	today   = "2026-11-29T10:30:15Z"
	later   = "2027-03-01T00:00:00Z"
)

func timeOf(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := sealed.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// today is the day of the client.
func onTheDay(t *testing.T, c *Client) *Client {
	t.Helper()
	now := timeOf(t, today)
	c.now = func() time.Time { return now }
	return c
}

// old is a Secret that was sealed long ago, and has expired.
func oldSecret(entries map[string]string) *corev1.Secret {
	secret := sealedSecret("a", "s", derived, 1, entries)
	secret.Annotations[sealed.SealedAtAnnotation] = longAgo
	secret.Annotations[sealed.ExpiresAnnotation] = longAgo
	return secret
}

func value(text string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(text), nil }
}

// TestWhatRenewsTheAge: new plaintext does, and a rewrap, a removal and a reseal do not. An expiry stays until it is
// given.
func TestWhatRenewsTheAge(t *testing.T) {
	until := sealed.Expiry{Given: true, At: timeOf(t, later)}
	set := func(request SetRequest) func(*Client) (*CreateResult, error) {
		request.Namespace, request.Name = "a", "s"
		return func(c *Client) (*CreateResult, error) { return c.Set(t.Context(), request) }
	}
	create := func(request CreateRequest) func(*Client) (*CreateResult, error) {
		request.Namespace, request.Name, request.Entries = "a", "s", map[string][]byte{"x": []byte("new")}
		return func(c *Client) (*CreateResult, error) { return c.Create(t.Context(), request) }
	}
	for name, c := range map[string]struct {
		do                func(*Client) (*CreateResult, error)
		sealedAt, expires string
		note              bool // that it stays expired
	}{
		"set":           {set(SetRequest{Entry: "x", Value: value("new")}), today, longAgo, true},
		"set and until": {set(SetRequest{Entry: "x", Value: value("new"), Expires: until}), today, later, false},
		"set the same":  {set(SetRequest{Entry: "x", Value: value("1")}), longAgo, longAgo, false},
		"set the same until": {
			set(SetRequest{Entry: "x", Value: value("1"), Expires: until}), longAgo, later, false,
		},
		"set a new entry": {set(SetRequest{Entry: "new", Value: value("new")}), today, longAgo, true},
		"unset": {set(SetRequest{Entry: "x", KeepsSealedAt: true, Value: func([]byte) ([]byte, error) {
			return nil, nil
		}}), longAgo, longAgo, false},
		"unset a field":    {set(SetRequest{Entry: "x", KeepsSealedAt: true, Value: value("{}")}), longAgo, longAgo, false},
		"create merge":     {create(CreateRequest{IfExists: Merge}), today, longAgo, true},
		"create overwrite": {create(CreateRequest{IfExists: Overwrite}), today, longAgo, true},
		"create never expires": {
			create(CreateRequest{IfExists: Merge, Expires: sealed.Expiry{Given: true}}), today, "", false,
		},
		"create with the expiry of a manifest": {create(CreateRequest{IfExists: Merge, Metadata: Metadata{
			Annotations: map[string]string{sealed.ExpiresAnnotation: later},
		}}), today, later, false},
		"save": {func(c *Client) (*CreateResult, error) {
			return save(t, c, openToChange(t, c, ""), "x", "new", "y", "2")
		}, today, longAgo, true},
		"save the same": {func(c *Client) (*CreateResult, error) {
			return save(t, c, openToChange(t, c, ""), "x", "1", "y", "2")
		}, longAgo, longAgo, false},
		"save without an entry": {func(c *Client) (*CreateResult, error) {
			return save(t, c, openToChange(t, c, ""), "x", "1")
		}, longAgo, longAgo, false},
		"reseal": {func(c *Client) (*CreateResult, error) {
			return c.Reseal(t.Context(), ResealRequest{Namespace: "a", Name: "s", Scope: sealed.ClusterWide})
		}, longAgo, longAgo, false},
		"reseal until": {func(c *Client) (*CreateResult, error) {
			return c.Reseal(t.Context(), ResealRequest{
				Namespace: "a", Name: "s", Scope: sealed.ClusterWide, Expires: until,
			})
		}, longAgo, later, false},
		"expire": {func(c *Client) (*CreateResult, error) {
			return c.SetExpiry(t.Context(), ExpiryRequest{Namespace: "a", Name: "s", Expires: until})
		}, longAgo, later, false},
		"rotate": {func(c *Client) (*CreateResult, error) {
			rotate(t, c, RotateRequest{})
			return &CreateResult{}, nil
		}, longAgo, longAgo, false},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster(oldSecret(map[string]string{"x": "1", "y": "2"}))
			client := onTheDay(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"))
			result, err := c.do(client)
			if err != nil {
				t.Fatal(err)
			}
			is := cluster.get("a/s").Annotations
			if is[sealed.SealedAtAnnotation] != c.sealedAt || is[sealed.ExpiresAnnotation] != c.expires {
				t.Errorf("%v", is)
			}
			noted := strings.Contains(strings.Join(result.Notes, "\n"), "it expired on 2020-01-01")
			if noted != c.note {
				t.Errorf("notes %q", result.Notes)
			}
		})
	}
}

// TestASeedSecretHasNoInventedAge: what was not known when it was sealed is not known after a rewrap either.
func TestASeedSecretHasNoInventedAge(t *testing.T) {
	cluster := newFakeCluster(seedSecret("a", "s", plain, 1, "{}"))
	c := onTheDay(t, newTestClient(t, cluster, newFakeVault(plain), "transit/plain"))
	rotate(t, c, RotateRequest{Selection: Selection{Names: []string{"s"}, Namespaces: []string{"a"}}})
	is := cluster.get("a/s")
	if _, found := is.Annotations[sealed.SealedAtAnnotation]; found || !strings.HasPrefix(
		string(is.Data["secrets.json"]), "vault:v2:") {
		t.Errorf("%v", is)
	}
	if _, err := c.Set(t.Context(), SetRequest{Namespace: "a", Name: "s", Entry: "x", Value: value("1")}); err != nil {
		t.Fatal(err)
	}
	if is := cluster.get("a/s").Annotations[sealed.SealedAtAnnotation]; is != today {
		t.Errorf("%v", is)
	}
}

// TestSetExpiryChangesNothingElse: no entry, no label, no other annotation, and not the request to Vault.
func TestSetExpiryChangesNothingElse(t *testing.T) {
	before := seedSecret("a", "s", plain, 1, "{}")
	cluster, v := newFakeCluster(before), newFakeVault(plain)
	c := onTheDay(t, newTestClient(t, cluster, v, "transit/plain"))
	request := ExpiryRequest{Namespace: "a", Name: "s", Expires: sealed.Expiry{Given: true, At: timeOf(t, later)}}
	request.DryRun = DryRunServer
	if _, err := c.SetExpiry(t.Context(), request); err != nil || cluster.get("a/s").Annotations != nil {
		t.Errorf("written in a dry run: %v", err)
	}
	request.DryRun = DryRunNone
	result, err := c.SetExpiry(t.Context(), request)
	if err != nil || !result.Annotated || result.Unchanged {
		t.Fatalf("%+v, %v", result, err)
	}
	is := cluster.get("a/s")
	if !maps.Equal(is.Annotations, map[string]string{sealed.ExpiresAnnotation: later}) || len(is.Labels) > 0 ||
		!maps.EqualFunc(is.Data, before.Data, func(a, b []byte) bool { return string(a) == string(b) }) {
		t.Errorf("%+v", is)
	}
	writes := cluster.count("patch")
	if result, err := c.SetExpiry(t.Context(), request); err != nil || !result.Unchanged ||
		cluster.count("patch") != writes {
		t.Errorf("%+v, %v", result, err)
	}
	plaintext := &corev1.Secret{Data: map[string][]byte{"x": []byte("plain")}}
	plaintext.Namespace, plaintext.Name = "a", "plain"
	cluster.put(plaintext)
	request.Name = "plain"
	if _, err := c.SetExpiry(t.Context(), request); !errors.Is(err, ErrNotSealed) {
		t.Errorf("%v", err)
	}
}

// TestTheExpiryOfOthersStays: two clients that change the expiry at once do not overwrite each other, and one that
// changes an entry does not stop one that changes the expiry.
func TestTheExpiryOfOthersStays(t *testing.T) {
	for name, theirs := range map[string]map[string]string{
		"expiry":   {sealed.ExpiresAnnotation: "2030-01-01"},
		"anything": {"other": "note"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster(oldSecret(map[string]string{"x": "1"}))
			c := onTheDay(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"))
			first := true
			cluster.before = func(verb, _ string) error {
				if verb == "patch" && first {
					first = false
					changed := cluster.get("a/s")
					maps.Copy(changed.Annotations, theirs)
					cluster.put(changed)
				}
				return nil
			}
			_, err := c.Set(t.Context(), SetRequest{Namespace: "a", Name: "s", Entry: "x", Value: value("new"),
				Expires: sealed.Expiry{Given: true, At: timeOf(t, later)}})
			is := cluster.get("a/s").Annotations
			if name == "expiry" {
				if !errors.Is(err, kube.ErrConflict) || is[sealed.ExpiresAnnotation] != "2030-01-01" {
					t.Errorf("%v, %v", is, err)
				}
			} else if err != nil || is[sealed.ExpiresAnnotation] != later || is["other"] != "note" {
				t.Errorf("%v, %v", is, err)
			}
		})
	}
}

// TestMoveKeepsTheAge: run again, it sets an expiry that has changed, as one that counts from now has.
func TestMoveKeepsTheAge(t *testing.T) {
	c, cluster, _ := movable(t)
	onTheDay(t, c)
	secret := cluster.get("a/s")
	secret.Annotations[sealed.SealedAtAnnotation], secret.Annotations[sealed.ExpiresAnnotation] = longAgo, longAgo
	cluster.put(secret)
	request := toB()
	for _, until := range []string{later, "2027-03-02T00:00:00Z"} {
		request.Expires = sealed.Expiry{Given: true, At: timeOf(t, until)}
		result, err := c.Move(t.Context(), request, false)
		if err != nil || result.Unchanged || result.Annotated != (until != later) {
			t.Fatalf("%+v, %v", result, err)
		}
		is := cluster.get("b/t").Annotations
		if is[sealed.SealedAtAnnotation] != longAgo || is[sealed.ExpiresAnnotation] != until {
			t.Errorf("%v", is)
		}
	}
	if result, err := c.Move(t.Context(), request, false); err != nil || !result.Unchanged {
		t.Errorf("%+v, %v", result, err)
	}
	request.Expires = sealed.Expiry{}
	var there *TargetExistsError
	if _, err := c.Move(t.Context(), request, false); !errors.As(err, &there) {
		t.Errorf("another expiry is there: %v", err)
	}
}

// TestSealIsTheSameEachTime: what is sealed again with unchanged plaintext keeps its times, and only times.
func TestSealIsTheSameEachTime(t *testing.T) {
	c := onTheDay(t, newTestClient(t, newFakeCluster(), newFakeVault(derived), "derived"))
	plaintext := plainManifest("s", map[string]string{"p": "value", "q": "value"})
	first, _, err := sealOne(t, c, SealRequest{Secret: plaintext})
	if err != nil || first.Annotations[sealed.SealedAtAnnotation] != today {
		t.Fatalf("%v, %v", first, err)
	}
	tomorrow := timeOf(t, "2026-11-30")
	c.now = func() time.Time { return tomorrow }
	again := func(change func(*corev1.Secret), entries map[string]string) map[string]string {
		t.Helper()
		earlier := first.DeepCopy()
		change(earlier)
		request := SealRequest{Secret: plainManifest("s", entries), Earlier: []*corev1.Secret{earlier}}
		after, _, err := sealOne(t, c, request)
		if err != nil {
			t.Fatal(err)
		}
		return after.Annotations
	}
	same, renewed := map[string]string{"p": "value", "q": "value"}, map[string]string{"p": "value", "q": "new"}
	const tomorrowText = "2026-11-30T00:00:00Z"
	set := func(annotation, text string) func(*corev1.Secret) {
		return func(secret *corev1.Secret) { secret.Annotations[annotation] = text }
	}
	unchanged := func(*corev1.Secret) {}
	for name, c := range map[string]struct {
		is        map[string]string
		at, until string
	}{
		"the same":          {again(unchanged, same), today, ""},
		"one entry is gone": {again(unchanged, map[string]string{"p": "value"}), today, ""},
		"one entry is new":  {again(unchanged, renewed), tomorrowText, ""},
		"written by hand":   {again(set(sealed.SealedAtAnnotation, "2026-11-01"), same), "2026-11-01", ""},
		"hostile":           {again(set(sealed.SealedAtAnnotation, "\x1b[2J"), same), "", ""},
		"a hostile expiry":  {again(set(sealed.ExpiresAnnotation, "\x1b[2J"), same), today, ""},
		"an expiry":         {again(set(sealed.ExpiresAnnotation, "2027-03-01"), same), today, "2027-03-01"},
		"an expiry, all is new": {
			again(set(sealed.ExpiresAnnotation, later), map[string]string{"p": "new"}), tomorrowText, later,
		},
	} {
		if c.is[sealed.SealedAtAnnotation] != c.at || c.is[sealed.ExpiresAnnotation] != c.until {
			t.Errorf("%s: %v", name, c.is)
		}
	}
}
