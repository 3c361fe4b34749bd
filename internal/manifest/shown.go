package manifest

import (
	"encoding/base64"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// Shown returns the text for a reader, in UTF-8: in place of the value of an entry it has what show returns, and
// everything else as it is; false keeps the value too. Text of several lines is indented below its name. A value whose
// place cannot be found stays. The result is for people, and may not be a valid manifest.
func (s *Sealed) Shown(show func(secret *corev1.Secret, entry string) (string, bool)) []byte {
	var edits []edit
	var in *parsed
	var at *places
	for n, l := range s.secrets {
		text := s.text[l.part.start:l.part.end]
		if n == 0 || s.secrets[n-1].part != l.part {
			in, _ = parser(document.ToJSON).parse(text, false) // it could be read before
			at = placesIn(text)
		}
		if l.index >= len(in.secrets) || in.secrets[l.index].node == nil {
			continue
		}
		for _, e := range shownIn(at, in.secrets[l.index].node, l.secret, show) {
			edits = append(edits, edit{l.part.start + e.start, l.part.start + e.end, e.text})
		}
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
	edits = slices.CompactFunc(edits, func(a, b edit) bool { return a.start == b.start }) // an alias is in two Secrets
	return apply(s.text, edits)
}

func shownIn(
	places *places, node *yaml.Node, secret *corev1.Secret, show func(*corev1.Secret, string) (string, bool),
) []edit {
	var edits []edit
	for _, field := range fields() {
		mapping := resolved(member(node, field))
		if mapping == nil || mapping.Kind != yaml.MappingNode {
			continue
		}
		for n := 0; n+1 < len(mapping.Content); n += 2 {
			key, value := mapping.Content[n], mapping.Content[n+1]
			if !holdsEntry(secret, field, key.Value, value) {
				continue
			}
			at, err := spanOf(places, value)
			if err != nil {
				continue
			}
			if shown, ok := show(secret, key.Value); ok {
				edits = append(edits, at.shown(shown, key, mapping.Style&yaml.FlowStyle != 0))
			}
		}
	}
	return edits
}

// holdsEntry reports whether a value of a field is that of the entry: stringData takes precedence over data.
func holdsEntry(secret *corev1.Secret, field, name string, value *yaml.Node) bool {
	is, found := secret.Data[name]
	if !found || value.Kind != yaml.ScalarNode {
		return false
	}
	if field != "data" {
		return value.Value == string(is)
	}
	decoded, err := base64.StdEncoding.DecodeString(value.Value)
	return err == nil && string(decoded) == string(is)
}

// shown is the edit that puts a text for a reader in place of a value.
func (s span) shown(text string, key *yaml.Node, inFlow bool) edit {
	body, ends := strings.CutSuffix(text, "\n")
	switch {
	case !ends && !strings.ContainsAny(text, "\r\n"):
		return edit{s.start, s.end, text}
	case inFlow && s.style&yaml.DoubleQuotedStyle == 0:
		return edit{s.from, s.to, string(document.JSONString(text))}
	case inFlow:
		quoted := string(document.JSONString(text))
		return edit{s.start, s.end, quoted[1 : len(quoted)-1]}
	}
	header, indent := "|", "\n"+strings.Repeat(" ", key.Column+1)
	if !ends {
		header = "|-"
	}
	return edit{s.from, s.to, header + indent + strings.ReplaceAll(body, "\n", indent)}
}
