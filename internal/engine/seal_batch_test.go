package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

var errItem = errors.New("refused")

// lastItemFails is a Vault that refuses the last item of an operation.
type lastItemFails struct {
	*fakeVault
	verb string
}

func (v lastItemFails) failing(verb string, results []transit.Result, err error) ([]transit.Result, error) {
	if verb == v.verb && len(results) > 0 {
		results[len(results)-1] = transit.Result{Err: errItem}
	}
	return results, err
}

func (v lastItemFails) Encrypt(
	ctx context.Context, key transit.Key, items []transit.Item,
) ([]transit.Result, error) {
	results, err := v.fakeVault.Encrypt(ctx, key, items)
	return v.failing("encrypt", results, err)
}

func (v lastItemFails) Decrypt(
	ctx context.Context, key transit.Key, items []transit.Item,
) ([]transit.Result, error) {
	results, err := v.fakeVault.Decrypt(ctx, key, items)
	return v.failing("decrypt", results, err)
}

func (v lastItemFails) Rewrap(
	ctx context.Context, key transit.Key, atLeast int, items []transit.Item,
) ([]transit.Result, error) {
	results, err := v.fakeVault.Rewrap(ctx, key, atLeast, items)
	return v.failing("rewrap", results, err)
}

// TestOneEntryThatFails: sealing names the entry that Vault refuses, and has no result.
func TestOneEntryThatFails(t *testing.T) {
	live := sealedSecret("a", "s", derived, 1, map[string]string{"kept": "k"})
	create := func(c *Client) error {
		r := request(map[string]string{"x": "1", "y": "2"})
		r.IfExists = Merge
		_, err := c.Create(t.Context(), r)
		return err
	}
	sealEach := func(c *Client) error {
		secret := sealed.Secret{Namespace: "a", Name: "s", Key: derived.Key, Scope: sealed.Strict}
		_, err := c.SealEach(t.Context(), secret, map[string][]byte{"x": []byte("1"), "y": []byte("2")})
		return err
	}
	seal := func(c *Client) error {
		mixed := live.DeepCopy()
		mixed.Data["y"] = []byte("2")
		results, err := c.Seal(t.Context(), []SealRequest{
			{Secret: plainManifest("first", map[string]string{"x": "1"})}, {Secret: mixed},
		})
		var one *SealError
		if results != nil || !errors.As(err, &one) || one.Index != 1 {
			t.Errorf("%v, %v", results, err)
		}
		return err
	}
	for name, test := range map[string]struct {
		run        func(*Client) error
		verb, want string
	}{
		"create seals":      {create, "encrypt", `seal secret a/s: entry "y": refused`},
		"create reads back": {create, "decrypt", `seal secret a/s: read back entry "y": refused`},
		"create keeps": {create, "rewrap", `seal secret a/s: entry "kept" stays, but does not open with ` +
			`transit/derived: refused`},
		"SealEach seals":      {sealEach, "encrypt", `seal secret a/s: entry "y": refused`},
		"SealEach reads back": {sealEach, "decrypt", `seal secret a/s: read back entry "y": refused`},
		"Seal seals":          {seal, "encrypt", `seal secret a/s entry "y": refused`},
		"Seal reads back":     {seal, "decrypt", `read back secret a/s entry "y": refused`},
		"Seal keeps": {seal, "rewrap", `seal secret a/s: entry "kept" stays, but does not open with transit/derived ` +
			`and scope strict: refused`},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFakeCluster(live.DeepCopy())
			c := newTestClient(t, cluster, newFakeVault(derived), "derived")
			c.vault = func(string) vault { return lastItemFails{newFakeVault(derived), test.verb} }
			if err := test.run(c); !errors.Is(err, errItem) || err.Error() != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
			if len(cluster.get("a/s").Data) != 1 {
				t.Error("it was written")
			}
		})
	}
}
