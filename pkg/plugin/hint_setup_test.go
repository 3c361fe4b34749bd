package plugin

import (
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestScriptHints: those who run the script may write to Vault, and ask others for another script.
func TestScriptHints(t *testing.T) {
	key := transit.Key{Mount: "m", Name: "k"}
	for want, refusal := range map[string]error{
		"with --vault-auth-mount; if it is to be this installation's, print the commands again with --replace-roles": &setup.OthersMountError{},
		"print the commands again with the keys, --transit-key 'ENGINE/{namespace}' or --shared-key KEY":             &setup.UsedKeysError{},
		"print the commands with --reuse-keys":   &setup.InheritedKeyError{Key: key, Namespace: "a"},
		"the accounts of a, b can open":          &setup.OthersKeyError{Namespaces: []string{"a", "b"}},
		"specify a new engine with":              &setup.OthersEngineError{},
		"add --reuse-keys to replace it":         &setup.OthersPolicyError{},
		"choose another mount with --vault-auth": &setup.OthersPolicyError{ServedMount: "m"},
	} {
		if got := scriptHint(refusal); !strings.Contains(got, want) {
			t.Errorf("%T: hint %q, want %q", refusal, got, want)
		}
	}
}

func TestDisableHints(t *testing.T) {
	key := transit.Key{Mount: "m", Name: "k"}
	const finish = "finish with vault write m/keys/k/config min_decryption_version=4 min_encryption_version=4"
	denied := &transit.RefusedError{Kind: transit.ErrDenied, Path: "m/keys/k/rotate", Capability: "update"}
	lost := &transit.UnreachableError{Reason: transit.NotReached}
	for _, test := range []struct {
		err  error
		want string
	}{
		{&setup.DisableError{Key: key, New: 4, Err: denied}, finish},
		{&setup.IncompleteError{Err: &setup.DisableError{Key: key, New: 4, Err: lost}}, finish},
		{&setup.DisableError{Key: key, Err: denied}, `"update" on m/keys/k/rotate`},
		{&setup.DisableError{Key: key, Err: lost}, "run the command again: it makes one more version of the key"},
	} {
		if got := hint(test.err); !strings.Contains(got, test.want) {
			t.Errorf("%v: hint %q, want %q", test.err, got, test.want)
		}
	}
}
