package formcheck

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// secretCheck checks one Secret.
type secretCheck struct {
	*check

	form   manifest.SecretForm
	secret *corev1.Secret
	place  Place

	sealedValues, otherValues, templates int
}

func (s *secretCheck) run() {
	if unknown := s.form.Unknown; len(unknown) > 0 {
		s.found(Malformed, "", "it has a field that a Secret does not have: its value is not checked", unknown...)
	}
	plain := sealed.CheckType(s.secret.Type)
	for _, value := range s.form.Values {
		s.value(value, plain)
	}
	for _, line := range s.form.Templates {
		s.template(line, "")
	}
	labelled := s.secret.Labels[sealed.Label] == sealed.LabelValue
	if len(s.form.Values)+len(s.form.Templates) == 0 && !labelled {
		return // such as a patch of labels
	}
	s.report.Summary.Secrets++
	s.report.Summary.Entries += s.entries()
	if plain != nil && s.sealedValues == 0 {
		if s.otherValues > 0 {
			place := s.place
			place.Type = string(s.secret.Type)
			s.report.LeftPlain = append(s.report.LeftPlain, place)
		}
		return
	}
	if s.entries() == 0 && len(s.form.Templates) == 0 {
		s.found(engine.Unsealed, "", "it has no entries", "metadata", "labels", sealed.Label)
	}
	if s.sealedValues > 0 && s.otherValues+s.templates == 0 {
		s.report.Summary.Sealed++
	}
	s.annotations(labelled)
	s.age(labelled)
	for _, kept := range sealed.KeptPlaintext(s.secret) {
		s.found(engine.Plaintext, kept.Entry, fmt.Sprintf("annotation %s holds it in clear", kept.Annotation),
			"metadata", "annotations", kept.Annotation)
	}
}

// entries is the number of names in data and stringData.
func (s *secretCheck) entries() int {
	names := map[string]bool{}
	for _, value := range s.form.Values {
		names[value.Entry] = true
	}
	return len(names)
}

// found records a finding at the line of a path.
func (s *secretCheck) found(status engine.EntryStatus, entry, reason string, path ...string) {
	s.inValue(manifest.ValueForm{Entry: entry, Line: s.form.Line(path...)}, status, reason)
}

// inValue records a finding about a value.
func (s *secretCheck) inValue(value manifest.ValueForm, status engine.EntryStatus, reason string) {
	s.report.found(engine.Finding{
		File: s.place.File, Line: value.Line, Namespace: s.place.Namespace, Name: s.place.Name,
		Entry: value.Entry, Status: status, Reason: reason, Err: errors.New(reason),
	})
}

// template records what a template makes.
func (s *secretCheck) template(line int, entry string) {
	s.templates++
	place := s.place
	place.Line, place.Entry = line, entry
	s.report.Templates = append(s.report.Templates, place)
}

// value checks a value of an entry. plain is not nil if the type must stay plaintext.
func (s *secretCheck) value(value manifest.ValueForm, plain error) {
	if value.IsTemplate {
		s.template(value.Line, value.Entry)
		return
	}
	text := string(value.Value)
	ciphertext, err := transit.ParseCiphertext(text)
	broken := sealed.BrokenCiphertext(text)
	switch {
	case plain != nil && (err == nil || broken != ""):
		s.sealedValues++
		s.inValue(value, Malformed, "it is sealed, but "+plain.Error())
	case plain != nil:
		s.otherValues++
	case err == nil:
		s.sealedValues++
		s.version(value, ciphertext)
	case broken != "":
		s.otherValues++
		s.inValue(value, Malformed, broken)
	case manifest.IsTemplate(text):
		s.otherValues++
		s.inValue(value, engine.Unsealed, "it is not a ciphertext, and a template makes only a part of it")
	default:
		s.otherValues++
		s.inValue(value, engine.Unsealed, "it is not a ciphertext")
	}
}

// maxVersion is above every key version that a key reaches. A higher one is a typing error.
const maxVersion = 1_000_000

func (s *secretCheck) version(value manifest.ValueForm, ciphertext transit.Ciphertext) {
	if ciphertext.Version() > maxVersion {
		s.inValue(value, Malformed, fmt.Sprintf("its key version is %d", ciphertext.Version()))
	}
}

// annotations checks what the Secret says about its sealing. Without a sealed value it says nothing.
func (s *secretCheck) annotations(labelled bool) {
	if s.sealedValues == 0 && !labelled {
		return
	}
	if text, found := s.secret.Annotations[sealed.TransitKeyAnnotation]; found && !manifest.IsTemplate(text) {
		if _, err := transit.ParseKey(text); err != nil {
			s.annotation(sealed.TransitKeyAnnotation, err)
		}
	}
	text, found := s.secret.Annotations[sealed.ScopeAnnotation]
	if manifest.IsTemplate(text) {
		if s.LeastScope != sealed.Unbound || s.RequireBound {
			s.found(engine.WeakScope, "", "a template makes its scope", scopePath()...)
		}
		return
	}
	scope := sealed.Unbound
	if found {
		var err error
		if scope, err = sealed.ParseScope(text); err != nil {
			s.annotation(sealed.ScopeAnnotation, err)
			return
		}
	}
	s.scope(scope)
}

func scopePath() []string { return []string{"metadata", "annotations", sealed.ScopeAnnotation} }

func (s *secretCheck) annotation(name string, err error) {
	invalid := &sealed.AnnotationError{Annotation: name, Err: err}
	s.found(Malformed, "", invalid.Error(), "metadata", "annotations", name)
}

// scope checks the scope of the annotation, and that the manifest has what it binds to.
func (s *secretCheck) scope(scope sealed.Scope) {
	if scope == sealed.Unbound {
		s.report.Summary.Unbound++
	}
	switch {
	case s.RequireBound && scope == sealed.Unbound:
		s.found(engine.Unbound, "", "it has no annotation "+sealed.ScopeAnnotation, scopePath()...)
	case s.LeastScope != sealed.Unbound && !scope.Covers(s.LeastScope):
		s.found(engine.WeakScope, "", fmt.Sprintf("its scope is %s, weaker than %s", scope, s.LeastScope),
			scopePath()...)
		last := &s.report.Findings[len(s.report.Findings)-1]
		last.Scope, last.RequiredScope = scope.String(), s.LeastScope.String()
	}
	if (scope == sealed.Strict || scope == sealed.NamespaceWide) && s.place.Namespace == "" {
		s.found(Incomplete, "", fmt.Sprintf("its scope is %s, and its manifest has no namespace", scope), "metadata")
	}
	if scope == sealed.Strict && s.secret.Name == "" {
		s.found(Incomplete, "", fmt.Sprintf("its scope is %s, and its manifest has no name: the API server generates "+
			"one", scope), "metadata", "generateName")
	}
}
