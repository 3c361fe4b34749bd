package plugin

import (
	"errors"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func stored() *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "team-a", Name: "secrets", UID: "u", ResourceVersion: "7", Generation: 1,
			Labels:        map[string]string{sealed.Label: sealed.LabelValue},
			Annotations:   map[string]string{sealed.TransitKeyAnnotation: "transit/app"},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "vaultseal"}},
		},
		Type: corev1.SecretTypeOpaque,
		Data: map[string][]byte{"a.json": []byte("vault:v1:x")},
	}
}

func printCreated(t *testing.T, format output, dryRun engine.DryRun) string {
	t.Helper()
	got := printed(t, func(g *globals) error {
		o := &writeFlags{globals: g, output: &outputFlag{value: format}, dryRun: &dryRunFlag{DryRun: dryRun}}
		result := &engine.CreateResult{Secret: stored(), TransitKey: transit.Key{Mount: "transit", Name: "app"}}
		secret, err := o.report(result, nil)
		return errors.Join(err, o.printAll([]*corev1.Secret{secret}))
	})
	return got.out
}

func TestCreatedIsSaid(t *testing.T) {
	for dryRun, want := range map[engine.DryRun]string{
		engine.DryRunNone:   "secret/secrets sealed in namespace team-a with transit key transit/app\n",
		engine.DryRunClient: "secret/secrets sealed in namespace team-a with transit key transit/app (dry run)\n",
		engine.DryRunServer: "secret/secrets sealed in namespace team-a with transit key transit/app (server dry " +
			"run)\n",
	} {
		if got := printCreated(t, outputHuman, dryRun); got != want {
			t.Errorf("%s: %q, want %q", dryRun, got, want)
		}
	}
}

func TestCreatedName(t *testing.T) {
	if got := printCreated(t, outputName, engine.DryRunNone); got != "secret/secrets\n" {
		t.Errorf("got %q", got)
	}
}

// TestManifestForGit: a dry run prints nothing that belongs to the live object only.
func TestManifestForGit(t *testing.T) {
	want := `apiVersion: v1
data:
  a.json: dmF1bHQ6djE6eA==
kind: Secret
metadata:
  annotations:
    vaultseal.dev/transit-key: transit/app
  labels:
    vaultseal.dev/sealed: "true"
  name: secrets
  namespace: team-a
type: Opaque
`
	for _, dryRun := range []engine.DryRun{engine.DryRunClient, engine.DryRunServer} {
		t.Run(string(dryRun), func(t *testing.T) {
			if got := printCreated(t, outputYAML, dryRun); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestCreatedObjectIsTheLiveOne(t *testing.T) {
	o := &writeFlags{dryRun: &dryRunFlag{DryRun: engine.DryRunNone}}
	got := o.printable(stored())
	if got.ResourceVersion != "7" || got.UID != "u" || got.Kind != "Secret" || got.ManagedFields != nil {
		t.Errorf("printable = %+v", got)
	}
}

func TestIfExists(t *testing.T) {
	for _, c := range []struct {
		o    createOptions
		want engine.IfExists
	}{
		{createOptions{}, engine.Refuse},
		{createOptions{overwrite: true}, engine.Overwrite},
		{createOptions{merge: true}, engine.Merge},
		{createOptions{merge: true, adopt: true}, engine.Merge},
		{createOptions{overwrite: true, adopt: true}, engine.Overwrite},
	} {
		if got, err := c.o.ifExists(); err != nil || got != c.want {
			t.Errorf("overwrite %v, merge %v, adopt %v: %v, %v; want %v", c.o.overwrite, c.o.merge, c.o.adopt, got,
				err, c.want)
		}
	}
}

// TestRotatesPart: catching up in one namespace is the sealer's work.
func TestRotatesPart(t *testing.T) {
	named := engine.Selection{Names: []string{"a"}}
	for _, c := range []struct {
		name            string
		rewrapOnly, all bool
		selection       engine.Selection
		want            config.Needs
	}{
		{"rotate", false, false, engine.Selection{}, config.Needs{Part: config.Rotator, TransitKey: true}},
		{"rotate -A", false, true, engine.Selection{}, config.Needs{Part: config.Rotator, TransitKey: true}},
		{"rotate NAME", false, false, named, config.Needs{Part: config.Rotator}},
		{"rotate --rewrap-only", true, false, engine.Selection{}, config.Needs{Part: config.Sealer}},
		{"rotate --rewrap-only NAME", true, false, named, config.Needs{Part: config.Sealer}},
		{"rotate --rewrap-only -A", true, true, engine.Selection{}, config.Needs{Part: config.Rotator}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &rotateOptions{rewrapOnly: c.rewrapOnly, selection: &selectionFlags{allNamespaces: c.all}}
			if got := o.needs(c.selection); got != c.want {
				t.Errorf("needs = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestSelectionIn(t *testing.T) {
	for _, c := range []struct {
		flags selectionFlags
		want  []string
	}{
		{selectionFlags{}, []string{"team-a"}},
		{selectionFlags{allNamespaces: true}, nil},
		{selectionFlags{namespaces: []string{"b", "c"}}, []string{"b", "c"}},
	} {
		if got := c.flags.in("team-a", engine.Selection{}).Namespaces; !slices.Equal(got, c.want) {
			t.Errorf("%+v: namespaces %q, want %q", c.flags, got, c.want)
		}
	}
}
