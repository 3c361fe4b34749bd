package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// hinted is one error of each kind that has a hint, and what the hint must hold.
func hinted(t *testing.T) map[string]struct {
	err  error
	want string
} {
	t.Helper()
	key := transit.Key{Mount: "transit", Name: "app"}
	config := map[string]struct {
		err  error
		want string
	}{
		"missing configuration": {missing(t), "--vault-addr"},
		"VAULT_SKIP_VERIFY":     {&config.SkipVerifyError{}, "--vault-insecure-skip-tls-verify"},
		"sealed already":        {&engine.ExistsError{}, "--overwrite"},
		"exists, not sealed":    {&engine.ExistsError{Unsealed: []string{"a"}}, "--adopt"},
		"exists, empty":         {&engine.ExistsError{Empty: true}, "--adopt"},
		"another key": {&engine.KeyMismatchError{Annotated: key, Wanted: key, Namespace: "b",
			Name: "s"}, "leave --transit-key out to use transit/app\nto seal its values again with transit/app: " +
			"kubectl vaultseal create s -n b -f FILE --overwrite"},
		"a key of another namespace": {&engine.OtherKeyError{Namespace: "b", Name: "s", Annotated: key,
			Configured: transit.Key{Mount: "m", Name: "b"}, Of: "a", Bound: true, Err: transit.ErrDenied},
			"kubectl vaultseal create s -n b -f FILE --overwrite --transit-key m/b\nor apply the manifest to the " +
				"namespace that it was sealed for: a"},
		"another key than configured": {&engine.OtherKeyError{Namespace: "b", Name: "s", Annotated: key,
			Configured: transit.Key{Mount: "m", Name: "b"}}, "kubectl vaultseal reseal s -n b --transit-key m/b"},
		"not derived": {&engine.NotDerivedError{Key: key, Scope: sealed.Strict}, "leave --scope out"},
		"a scope that is not proven": {&engine.ScopeError{Scope: sealed.Strict, Least: sealed.Strict,
			NotDerived: key}, "kubectl vaultseal reseal NAME --transit-key MOUNT/NAME"},
		"only an annotation's key": {&engine.UnconfiguredKeyError{Namespace: "a", Name: "s", Annotated: key},
			"if transit/app is the key of namespace a, add --transit-key transit/app"},
		"no transit key": {engine.ErrNoTransitKey, "--transit-key"},
		"conflict":       {kube.ErrConflict, "run the command again"},
		"an entry of another client": {&engine.TouchedError{Namespace: "a", Name: "s", Entry: "x"},
			"kubectl vaultseal view s x -n a"},
		"a label of another client": {&engine.TouchedError{Namespace: "a", Name: "s", What: "label x"},
			"kubectl get secret s -n a -o yaml"},
		"a write whose answer was lost": {&engine.UnknownWriteError{Namespace: "a", Name: "s"},
			"kubectl get secret s -n a -o yaml"},
		"not sealed": {engine.ErrNotSealed,
			"kubectl vaultseal create NAME -f FILE --adopt --overwrite"},
		"not found":                   {kube.ErrNotFound, "kubectl get secrets -l vaultseal.dev/sealed"},
		"Kubernetes unreachable":      {kube.ErrUnreachable, "kubectl cluster-info"},
		"an unsuitable key":           {&transit.UnsuitableKeyError{Key: key, Reason: "x"}, "aes256-gcm96"},
		"a usage error with its own":  {newUsageError(errors.New("x"), "say y"), "say y"},
		"a report error with its own": {newReportError(0, errors.New("x"), "say z"), "say z"},
		"the second of two errors": {fmt.Errorf("x: %w: %w", newReportError(0, errors.New("x"), ""),
			newUsageError(errors.New("y"), "say y")), "say y"},
		"own hint wins over the kinds": {newUsageError(kube.ErrNotFound, "say y"), "say y"},
	}
	return config
}

// missing is the error about a configuration that says nothing.
func missing(t *testing.T) error {
	t.Helper()
	nobody := func(string) (string, bool) { return "", false }
	_, err := config.Load(t.Context(), config.Sources{
		Flag: nobody, Env: nobody,
		ConfigMap: func(context.Context) (map[string]string, error) { return nil, nil },
	}, config.Needs{TransitKey: true})
	return err
}

func TestHints(t *testing.T) {
	for name, c := range hinted(t) {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{c.err, fmt.Errorf("secret a/b: %w", c.err)} {
				if got := hint(err); !strings.Contains(got, c.want) {
					t.Errorf("hint(%v) = %q, want %q in it", err, got, c.want)
				}
			}
		})
	}
}

func TestHintsAreTrue(t *testing.T) {
	for name, c := range hinted(t) {
		t.Run(name, func(t *testing.T) { checkMentions(t, hint(c.err)) })
	}
}

func TestNoHint(t *testing.T) {
	for _, err := range []error{errors.New("x"), usagef("x"), newReportError(0, errors.New("x"), ""),
		withHint(errors.New("x"), "")} {
		if got := hint(err); got != "" {
			t.Errorf("hint(%T) = %q, want none", err, got)
		}
	}
}

func TestKindsHintBehindAnEmptyOne(t *testing.T) {
	err := newReportError(0, fmt.Errorf("x: %w", kube.ErrNotFound), "")
	if got := hint(err); !strings.Contains(got, "kubectl get secrets") {
		t.Errorf("hint = %q", got)
	}
}

func TestFindingsHintsAreTrue(t *testing.T) {
	for _, selection := range []engine.Selection{
		{}, {Namespaces: []string{"team-a"}}, {Namespaces: []string{"team-a"}, Names: []string{"x", "y"}},
		{Namespaces: []string{"team-a"}, Selector: "app=x"},
	} {
		var findings []engine.Finding
		for _, status := range statuses() {
			findings = append(findings, engine.Finding{Status: status})
		}
		checkMentions(t, (&verifyOptions{selection: &selectionFlags{}}).findingsHint(verified(findings...), selection))
	}
}

func TestFindingsHintRepeatsTheSelection(t *testing.T) {
	for want, selection := range map[string]engine.Selection{
		"kubectl vaultseal rotate --rewrap-only -A":        {},
		"kubectl vaultseal rotate --rewrap-only -n team-a": {Namespaces: []string{"team-a"}},
		"kubectl vaultseal rotate --rewrap-only x -n team-a": {Namespaces: []string{"team-a"},
			Names: []string{"x"}},
		"kubectl vaultseal rotate --rewrap-only --namespaces a,b":  {Namespaces: []string{"a", "b"}},
		"kubectl vaultseal rotate --rewrap-only -n a -l 'app=web'": {Namespaces: []string{"a"}, Selector: "app=web"},
	} {
		hint := (&verifyOptions{selection: &selectionFlags{}}).
			findingsHint(verified(engine.Finding{Status: engine.Stale}), selection)
		if !strings.HasSuffix(hint, want) {
			t.Errorf("hint %q, want %q", hint, want)
		}
	}
}
