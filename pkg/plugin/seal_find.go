package plugin

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// plainSecret is a Secret of the input that changes.
type plainSecret struct {
	text     *manifest.Text
	at       *manifest.SecretAt
	values   map[string][]byte // the plaintext of entries
	unplaced bool              // the manifest has no namespace
}

// find finds the Secrets that change: those with plaintext entries, and sealed ones with plaintext in a copy that a
// tool keeps.
func (o *sealOptions) find(texts []*manifest.Text) ([]*plainSecret, error) {
	var found []*plainSecret
	var failed error
	for _, text := range texts {
		all, err := text.Secrets()
		failed = bothInLine(failed, err)
		for _, line := range all.Nested {
			o.globals.warn("%s: line %d: there is a Secret within an object of another kind, where it is not sealed",
				text.Name(), line)
		}
		for _, at := range all.Secrets {
			s := &plainSecret{text: text, at: at, values: plaintextOf(at), unplaced: at.Namespace == ""}
			plain := sealed.CheckType(at.Type)
			switch {
			case len(s.values)+len(at.Overridden) == 0 && len(sealed.KeptPlaintext(at.Secret)) == 0:
			case plain != nil && !o.allowPlainTypes:
				failed = bothInLine(failed, text.In(at, withHint(fmt.Errorf("secret %s: %w", nameOf(at), plain),
					sealPlainTypeHint())))
			case plain != nil:
				o.globals.note("%s: secret %s stays plaintext: its type is %s", text.Name(), nameOf(at), at.Type)
			default:
				failed = bothInLine(failed, s.checkValues())
				found = append(found, s)
			}
		}
	}
	return found, failed
}

// checkValues refuses values that are not the plaintext of an entry: ciphertexts that are broken or encoded again,
// and templates.
func (s *plainSecret) checkValues() error {
	var failed error
	for _, entry := range slices.Sorted(maps.Keys(s.values)) {
		reason := sealed.BrokenCiphertext(string(s.values[entry]))
		if reason == "" && s.at.MadeByTemplate(entry) {
			reason = manifest.ReasonTemplate
		}
		if reason != "" {
			failed = bothInLine(failed, s.text.In(s.at, s.at.About(entry, reason)))
		}
	}
	return failed
}

// plaintextOf returns the entries that are not sealed.
func plaintextOf(at *manifest.SecretAt) map[string][]byte {
	values := map[string][]byte{}
	read, _ := sealed.Read(at.Secret) // the entries are read in any case
	for _, entry := range read.Unsealed() {
		values[entry] = at.Data[entry]
	}
	return values
}

// nameOf is what messages call a Secret.
func nameOf(at *manifest.SecretAt) string {
	if at.Name == "" {
		return at.GenerateName + "*"
	}
	return at.Name
}

// place gives each Secret without a namespace the working one, and refuses plaintext of others.
func (o *sealOptions) place(found []*plainSecret) (namespace string, err error) {
	var plain []engine.Stored
	for _, s := range found {
		if len(s.values) > 0 {
			plain = append(plain, engine.Stored{File: s.text.Name(), Secret: s.at.Secret})
		}
	}
	if len(plain) == 0 {
		return "", nil
	}
	if namespace, err = o.globals.workingNamespace(); err != nil {
		return "", err
	}
	if err := o.globals.checkNamespaces(plain); err != nil {
		return "", err
	}
	for _, s := range found {
		if s.unplaced {
			s.at.Namespace = namespace
		}
	}
	return namespace, nil
}

// edit is the change of the manifest.
func (s *plainSecret) edit(result engine.SealResult) manifest.SecretEdit {
	edit := manifest.SecretEdit{At: s.at, Set: map[string]string{}, Labels: result.Labels,
		Annotations: result.Annotations}
	for entry, ciphertext := range result.Set {
		edit.Set[entry] = ciphertext.String()
	}
	for entry := range s.at.Overridden {
		if _, isNew := edit.Set[entry]; !isNew { // the value of stringData stays, and that of data goes
			edit.Set[entry] = string(s.at.Data[entry])
		}
	}
	if scope := result.As.Scope; s.unplaced && (scope == sealed.Strict || scope == sealed.NamespaceWide) {
		edit.Namespace = s.at.Namespace
	}
	return edit
}

// sealedSecret is what seal reports about a Secret of the output.
type sealedSecret struct {
	text            *manifest.Text
	name, key       string
	entries, reused int
}

func sealedSecrets(found []*plainSecret, results []engine.SealResult) []sealedSecret {
	var all []sealedSecret
	for n, s := range found {
		one := sealedSecret{text: s.text, name: nameOf(s.at), entries: len(s.values), reused: results[n].Reused}
		if one.entries > 0 {
			one.key = results[n].As.Key.String()
		}
		all = append(all, one)
	}
	return all
}

// plainTypeWords lists the types that must stay plaintext.
func plainTypeWords() string {
	var words []string
	for _, kind := range sealed.PlainTypes() {
		words = append(words, string(kind))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}
