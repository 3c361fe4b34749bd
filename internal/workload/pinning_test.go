package workload

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const usesDB = "containers: [{name: app, env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: user}}}]}]"

// notesOf injects a text, and returns its notes, one a line.
func notesOf(t *testing.T, text string, known facts) (string, *Rewritten, error) {
	t.Helper()
	out, err := Rewrite([]byte(text), decodeYAML, known, someSettings())
	if err != nil {
		return "", nil, err
	}
	var notes []string
	for _, note := range out.Notes {
		notes = append(notes, note.Object+": "+note.Text)
	}
	return strings.Join(notes, "\n"), out, nil
}

// TestWhatAnAnnotationPins: who can edit a Secret chooses its key and its scope by its annotations. What is not the
// configured way is noted, and another key without a scope is refused.
func TestWhatAnAnnotationPins(t *testing.T) {
	template, err := sealed.ParseKeyTemplate("transit/{namespace}")
	if err != nil {
		t.Fatal(err)
	}
	ours, other := transit.Key{Mount: "transit", Name: "shop"}, transit.Key{Mount: "transit", Name: "other"}
	const unbound, otherKey = "opened with scope unbound", "opened with transit key transit/other"
	for name, one := range map[string]struct {
		secret   Secret
		template sealed.KeyTemplate
		notes    []string
		pinned   string
		refused  bool
	}{
		"ours":                 {Secret{Key: ours, Scope: sealed.Strict}, template, nil, "transit/shop,scope=strict", false},
		"without annotations":  {Secret{}, template, []string{unbound}, "transit/shop,scope=unbound", false},
		"our key, unbound":     {Secret{Key: ours}, template, []string{unbound}, "transit/shop,scope=unbound", false},
		"other key":            {Secret{Key: other, Scope: sealed.Strict}, template, []string{otherKey}, "transit/other,scope=strict", false},
		"other key, unbound":   {Secret{Key: other}, template, nil, "", true},
		"chosen key, unbound":  {Secret{Key: other, KeyChosen: true}, template, []string{unbound}, "transit/other,scope=unbound", false},
		"chosen key and scope": {Secret{Key: other, KeyChosen: true, Scope: sealed.ClusterWide, ScopeChosen: true}, template, nil, "transit/other,scope=cluster-wide", false},
		"chosen scope":         {Secret{Key: other, Scope: sealed.Strict, ScopeChosen: true}, template, []string{otherKey}, "transit/other,scope=strict", false},
		"no template":          {Secret{Key: other}, sealed.KeyTemplate{}, []string{unbound}, "transit/other,scope=unbound", false},
	} {
		known := someFacts()
		one.secret.State, one.secret.EntriesKnown, one.secret.Entries = Sealed, true, []string{"user"}
		known.secrets["db"], known.vault.TransitKey = one.secret, one.template
		notes, out, err := notesOf(t, pod(usesDB), known)
		var wrong *Error
		if one.refused {
			if !errors.As(err, &wrong) || wrong.Kind != OtherKey || !strings.Contains(err.Error(), "transit/other") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || !strings.Contains(out.text(), "transit-key="+one.pinned) {
			t.Errorf("%s: %v\n%s", name, err, out.text())
		}
		for _, about := range []string{unbound, otherKey} {
			if slices.Contains(one.notes, about) != strings.Contains(notes, about) {
				t.Errorf("%s: %s", name, notes)
			}
		}
	}
}

// TestNotesAboutPods: what differs from a plaintext Secret is noted, and only where it does.
func TestNotesAboutPods(t *testing.T) {
	const never, dns = "restartPolicy Never", "dnsPolicy to ClusterFirstWithHostNet"
	for _, one := range []struct {
		lines, address, note string
		noted                bool
	}{
		{"restartPolicy: Never", "", never, true},
		{"restartPolicy: OnFailure", "", never, false},
		{"hostNetwork: true", "https://vault.vault.svc:8200", dns, true},
		{"hostNetwork: true", "https://vault.vault.svc.cluster.local.:8200", dns, true},
		{"hostNetwork: true", "https://vault:8200", dns, true},
		{"hostNetwork: true", "https://10.0.0.1:8200", dns, false},
		{"hostNetwork: true", "https://[2001:db8::1]:8200", dns, false},
		{"hostNetwork: true", "https://localhost:8200", dns, false},
		{"hostNetwork: true", "https://vault.example.com", dns, false},
		{"hostNetwork: true\ndnsPolicy: ClusterFirstWithHostNet", "https://vault.vault.svc:8200", dns, false},
		{"hostNetwork: false", "https://vault.vault.svc:8200", dns, false},
	} {
		known := someFacts()
		if one.address != "" {
			known.vault.Address = one.address
		}
		notes, _, err := notesOf(t, pod(one.lines+"\n"+usesDB), known)
		if err != nil || strings.Contains(notes, one.note) != one.noted {
			t.Errorf("%+v: %v\n%s", one, err, notes)
		}
	}
}

func TestLoopbackAddress(t *testing.T) {
	for _, address := range []string{"https://127.0.0.1:8200", "https://127.1.2.3", "https://[::1]:8200",
		"https://LOCALHOST:8200", "https://[::ffff:127.0.0.1]:8200"} {
		known := someFacts()
		known.vault.Address = address
		_, _, err := notesOf(t, pod(usesDB), known)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Kind != Loopback || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v", address, err)
		}
		if _, _, err := notesOf(t, pod("hostNetwork: true\n"+usesDB), known); err != nil {
			t.Errorf("%s with hostNetwork: %v", address, err)
		}
	}
}

// TestGeneratedFileNames: the file of a variable whose name is no plain one is not that of a plain one.
func TestGeneratedFileNames(t *testing.T) {
	const ref = "valueFrom: {secretKeyRef: {name: db, key: user}}"
	_, out, err := notesOf(t, pod("containers: [{name: app, env: [{name: 1st, "+ref+"}, {name: variable-1, "+ref+"}, "+
		"{name: VALUE, "+ref+"}]}]"), someFacts())
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"1-variable=VALUE:", "variable-1=variable-1:", "VALUE=VALUE:"} {
		if strings.Count(out.text(), "/app/"+file) != 1 {
			t.Errorf("%s\n%s", file, out.text())
		}
	}
}

// asked counts the questions that only the cluster could answer.
type asked struct {
	facts

	names *[]string
}

func (a asked) Secret(namespace, name string) (Secret, error) {
	*a.names = append(*a.names, name)
	return a.facts.Secret(namespace, name)
}

// TestNotesAskNothing: a note about a Secret that inject cannot open is not worth a question.
func TestNotesAskNothing(t *testing.T) {
	known := asked{someFacts(), new([]string)}
	text := pod("imagePullSecrets: [{name: tls}]\ncontainers: [{name: app}]\n" +
		"volumes: [{name: c, csi: {driver: d, nodePublishSecretRef: {name: wide}}}]")
	out, err := Rewrite([]byte(text), decodeYAML, known, someSettings())
	if err != nil || len(*known.names) > 0 || len(out.Notes) != 2 ||
		!strings.Contains(out.Notes[0].Text, "secret tls is sealed, and imagePullSecrets gets the ciphertext") {
		t.Errorf("%v, %v, %+v", err, *known.names, out)
	}
}

// TestOtherKinds: an object that is not a workload and names a sealed Secret is noted, and stays as it is.
func TestOtherKinds(t *testing.T) {
	template := "{spec: {containers: [{name: a, env: [{name: A, valueFrom: {secretKeyRef: {name: NAME, key: user}}}]}]}}"
	for name, text := range map[string]string{
		"JobSet":         "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nspec: {replicatedJobs: [{template: {spec: {template: " + template + "}}}]}",
		"Workflow":       "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {volumes: [{name: v, secret: {secretName: NAME}}]}",
		"Ingress":        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {tls: [{secretName: NAME}]}",
		"an issuer":      "apiVersion: cert-manager.io/v1\nkind: Issuer\nspec: {acme: {passwordSecretRef: {name: NAME, key: a}}}",
		"ServiceAccount": "apiVersion: v1\nkind: ServiceAccount\nimagePullSecrets: [{name: NAME}]",
	} {
		for secret, noted := range map[string]bool{"db": true, "plain": false, "unheard": false} {
			text := strings.ReplaceAll(text, "NAME", secret)
			notes, out, err := notesOf(t, text, someFacts())
			found := strings.Contains(notes, "it names secret db, which is sealed")
			if err != nil || out.text() != text || noted != found {
				t.Errorf("%s: %v\n%s\n%s", name, err, notes, out.text())
			}
		}
	}
	for _, text := range []string{
		"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {secretName: db}",
		"apiVersion: v1\nkind: Service\nmetadata: {name: db}",
		"apiVersion: a/v1\nkind: B\nspec: {secretStoreRef: {name: db}, configMapRef: {name: db}}",
	} {
		if notes, _, err := notesOf(t, text, someFacts()); err != nil || notes != "" {
			t.Errorf("%s: %v %s", text, err, notes)
		}
	}
}
