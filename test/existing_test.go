package test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	newDocument = `{"password": "the new one"}`
	oldDocument = `{"password": "the old one"}`
	otherText   = "another entry's value"
)

// ways are all that a user can ask for about a Secret that exists.
var ways = [][]string{
	{}, {"--overwrite"}, {"--merge"}, {"--adopt", "--overwrite"}, {"--adopt", "--merge"},
}

// outcome is what create must do about a Secret that exists.
type outcome struct {
	does  string   // succeeds, or the reason of the refusal, as the error says it
	hints []string // words of the hint, of a refusal
}

var (
	succeeds       = outcome{does: "succeeds"}
	isSealed       = outcome{"is already sealed", []string{"--overwrite", "--merge"}}
	isNotSealed    = outcome{"exists and is not sealed", []string{"--adopt", "--overwrite", "--merge"}}
	isImmutable    = outcome{does: "it is immutable"}
	kubeletReads   = outcome{does: "kubelet reads values of type"}
	controllerHas  = outcome{does: "a controller reads values of type"}
	isControlled   = outcome{does: "controls it and would overwrite it"}
	needsItsOwnKey = outcome{does: "is invalid"} // the type wants an entry that --overwrite would drop
)

// existing is a kind of Secret that create may find.
type existing struct {
	name    string
	plain   map[string]string // entries
	sealed  map[string]string // entries sealed by create
	change  func(*corev1.Secret)
	outcome [5]outcome
}

func always(o outcome) [5]outcome { return [5]outcome{o, o, o, o, o} }

var (
	ifSealed  = [5]outcome{isSealed, succeeds, succeeds, succeeds, succeeds}
	ifPlain   = [5]outcome{isNotSealed, isNotSealed, isNotSealed, succeeds, succeeds}
	ifLimited = [5]outcome{isNotSealed, isNotSealed, isNotSealed, needsItsOwnKey, succeeds}
)

func ofType(kind corev1.SecretType) func(*corev1.Secret) {
	return func(s *corev1.Secret) { s.Type = kind }
}

func existingSecrets() []existing {
	doc, both := map[string]string{"secrets.json": oldDocument}, map[string]string{"secrets.json": oldDocument,
		"other.json": oldDocument}
	return []existing{
		{name: "absent", outcome: always(succeeds)},
		{name: "sealed", sealed: doc, outcome: ifSealed},
		{name: "sealed-two", sealed: both, outcome: ifSealed},
		{name: "plain", plain: map[string]string{"secrets.json": oldDocument, "other": otherText}, outcome: ifPlain},
		{name: "plain-others", plain: map[string]string{"other": otherText}, outcome: ifPlain},
		{name: "mixed", sealed: both, plain: map[string]string{"other": otherText}, outcome: ifPlain},
		{name: "empty", plain: map[string]string{}, outcome: ifPlain},
		{name: "immutable-sealed", sealed: both, change: immutable, outcome: always(isImmutable)},
		{name: "immutable-plain", plain: doc, change: immutable, outcome: always(isImmutable)},
		{
			name: "docker", plain: map[string]string{".dockerconfigjson": `{"auths": {}}`},
			change: ofType(corev1.SecretTypeDockerConfigJson), outcome: always(kubeletReads),
		},
		{
			name: "dockercfg", plain: map[string]string{".dockercfg": `{}`},
			change: ofType(corev1.SecretTypeDockercfg), outcome: always(kubeletReads),
		},
		{name: "account", plain: map[string]string{"token": otherText}, change: accountToken,
			outcome: always(controllerHas)},
		{
			name: "bootstrap", plain: map[string]string{"token-id": "abcdef"},
			change: ofType(corev1.SecretTypeBootstrapToken), outcome: always(controllerHas),
		},
		{name: "helm", plain: map[string]string{"release": otherText}, change: ofType("helm.sh/release.v1"),
			outcome: always(controllerHas)},
		{
			name: "tls", plain: map[string]string{"tls.crt": otherText, "tls.key": otherText},
			change: ofType(corev1.SecretTypeTLS), outcome: ifLimited,
		},
		{
			name: "basic-auth", plain: map[string]string{"username": otherText, "password": otherText},
			change: ofType(corev1.SecretTypeBasicAuth), outcome: ifLimited,
		},
		{
			name: "ssh-auth", plain: map[string]string{"ssh-privatekey": otherText},
			change: ofType(corev1.SecretTypeSSHAuth), outcome: ifLimited,
		},
		{name: "own-type", plain: map[string]string{"other": otherText}, change: ofType("example.com/own"),
			outcome: ifPlain},
		{name: "controlled", plain: doc, change: controlled, outcome: always(isControlled)},
		{name: "controlled-sealed", sealed: doc, change: controlled, outcome: always(isControlled)},
	}
}

func immutable(s *corev1.Secret) { yes := true; s.Immutable = &yes }

func accountToken(s *corev1.Secret) {
	s.Type = corev1.SecretTypeServiceAccountToken
	s.Annotations = map[string]string{corev1.ServiceAccountNameKey: "vaultseal"}
}

func controlled(s *corev1.Secret) {
	yes := true
	s.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "owner", UID: "1",
		Controller: &yes}}
}

// TestExistingSecrets seals a document into every kind of Secret there may be,
// with every way that a user can ask for it.
func TestExistingSecrets(t *testing.T) {
	t.Parallel()
	ns := newTestNamespace(t)
	for _, kind := range existingSecrets() {
		for i, way := range ways {
			name := strings.Join(append([]string{kind.name}, way...), "")
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := existingCase{testNamespace: ns, kind: kind, way: way, name: name}
				before := c.prepare(t)
				c.check(t, before, kind.outcome[i])
			})
		}
	}
}

// existingCase is one kind of Secret and one way to ask.
type existingCase struct {
	testNamespace
	kind existing
	way  []string
	name string
}

func (c existingCase) asks(flag string) bool { return strings.Contains(strings.Join(c.way, " "), flag) }

// prepare makes the Secret that exists, as its owner would: sealed entries by
// create, plain ones and the rest by kubectl apply.
func (c existingCase) prepare(t *testing.T) *corev1.Secret {
	t.Helper()
	if c.kind.plain == nil && c.kind.sealed == nil {
		return nil
	}
	secret := &corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, Data: map[string][]byte{},
		ObjectMeta: metav1.ObjectMeta{Namespace: c.namespace, Name: c.name},
	}
	if len(c.kind.sealed) > 0 {
		args := []string{"create", c.name, "--dry-run=client", "-o", "json"}
		for entry, text := range c.kind.sealed {
			args = append(args, "-f", entry+"="+c.file(t, entry, text))
		}
		ran := c.vaultseal(t, args...)
		if ran.code != 0 {
			t.Fatalf("seal what exists: %s", ran.stderr)
		}
		if err := json.Unmarshal([]byte(ran.stdout), secret); err != nil {
			t.Fatal(err)
		}
	}
	for entry, text := range c.kind.plain {
		secret.Data[entry] = []byte(text)
	}
	if c.kind.change != nil {
		c.kind.change(secret)
	}
	if _, err := theStack.kubectl(string(mustJSON(secret)), "apply", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	return c.get(t, c.name)
}

func (c existingCase) check(t *testing.T, before *corev1.Secret, want outcome) {
	t.Helper()
	ran := c.vaultseal(t,
		append([]string{"create", c.name, "-f", "secrets.json=" + c.file(t, "secrets.json", newDocument)}, c.way...)...)
	after := c.get(t, c.name)
	if want.does != succeeds.does {
		c.checkRefusal(t, ran, want)
		if b, a := mustJSON(before), mustJSON(after); !bytes.Equal(b, a) {
			t.Errorf("it was refused, and yet changed\nfrom %s\nto   %s", b, a)
		}
		return
	}
	if ran.code != 0 || !strings.HasPrefix(ran.stdout, "secret/"+c.name+" sealed in namespace "+c.namespace+
		" with transit key transit/") {
		t.Fatalf("exit code %d\nstdout: %s\nstderr: %s", ran.code, ran.stdout, ran.stderr)
	}
	c.checkWarning(t, ran)
	c.checkMetadata(t, before, after)
	c.checkEntries(t, after)
}

func (c existingCase) checkRefusal(t *testing.T, ran result, want outcome) {
	t.Helper()
	if ran.code != 1 || ran.stdout != "" {
		t.Errorf("exit code %d, want 1; stdout: %s", ran.code, ran.stdout)
	}
	if n := strings.Count("\n"+ran.stderr, "\nerror: "); n != 1 || !strings.Contains(ran.stderr, want.does) ||
		!strings.Contains(ran.stderr, c.name) {
		t.Errorf("want one error that names the Secret and says %q, got:\n%s", want.does, ran.stderr)
	}
	_, hint, _ := strings.Cut(ran.stderr, "hint: ")
	for _, word := range want.hints {
		if !strings.Contains(hint, word) {
			t.Errorf("want a hint that speaks of %s, got:\n%s", word, ran.stderr)
		}
	}
	for _, text := range []string{newDocument, oldDocument, otherText, "the new one", "the old one"} {
		if strings.Contains(ran.stderr, text) ||
			strings.Contains(ran.stderr, base64.StdEncoding.EncodeToString([]byte(text))) {
			t.Errorf("plaintext on stderr:\n%s", ran.stderr)
		}
	}
}

// checkWarning: what was in clear stays in etcd's history, and the user is told.
func (c existingCase) checkWarning(t *testing.T, ran result) {
	t.Helper()
	told := strings.Contains(ran.stderr, "etcd's history and backups still hold the old plaintext")
	if told != (len(c.kind.plain) > 0) {
		t.Errorf("warned of old plaintext: %t\n%s", told, ran.stderr)
	}
	for entry := range c.kind.plain {
		if !strings.Contains(ran.stderr, entry) {
			t.Errorf("the warning leaves %s out:\n%s", entry, ran.stderr)
		}
	}
}

func (c existingCase) checkMetadata(t *testing.T, before, after *corev1.Secret) {
	t.Helper()
	kind := corev1.SecretTypeOpaque
	if before != nil {
		kind = before.Type
	}
	if after.Type != kind {
		t.Errorf("type %s, want %s", after.Type, kind)
	}
	if before != nil && after.UID != before.UID {
		t.Error("it was deleted and created again")
	}
	if after.Labels["vaultseal.dev/sealed"] != "true" {
		t.Errorf("labels %v", after.Labels)
	}
	annotations := map[string]string{"vaultseal.dev/scope": "strict", "vaultseal.dev/transit-key": "transit/" +
		c.derived(), "vaultseal.dev/sealed-at": after.Annotations["vaultseal.dev/sealed-at"]}
	at, err := time.Parse(time.RFC3339, annotations["vaultseal.dev/sealed-at"])
	if err != nil || time.Since(at) > time.Hour {
		t.Errorf("sealed at %v, %v", at, err)
	}
	if got, want := mustJSON(after.Annotations), mustJSON(annotations); !bytes.Equal(got, want) {
		t.Errorf("annotations %s, want %s", got, want)
	}
}

// checkEntries: the given entry is the new one, --overwrite drops the others,
// --merge keeps them; all are sealed and open.
func (c existingCase) checkEntries(t *testing.T, after *corev1.Secret) {
	t.Helper()
	want := map[string]string{"secrets.json": newDocument}
	if c.asks("--merge") {
		for _, entries := range []map[string]string{c.kind.sealed, c.kind.plain} {
			for entry, text := range entries {
				if entry != "secrets.json" {
					want[entry] = text
				}
			}
		}
	}
	for entry, value := range after.Data {
		if !bytes.HasPrefix(value, []byte("vault:v1:")) {
			t.Errorf("entry %s is not sealed", entry)
		}
		if _, expected := want[entry]; !expected {
			t.Errorf("entry %s should not be there", entry)
		}
	}
	for entry, text := range want {
		ran := c.vaultseal(t, "view", c.name, entry)
		if ran.code != 0 || ran.stdout != text {
			t.Errorf("entry %s opens to %q, want %q\n%s", entry, ran.stdout, text, ran.stderr)
		}
	}
}
