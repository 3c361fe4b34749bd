package formcheck

import (
	"maps"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// age checks the annotations about the age. What a template makes is known only when it is rendered.
func (s *secretCheck) age(labelled bool) {
	if s.sealedValues == 0 && !labelled {
		return
	}
	annotations := maps.Clone(s.secret.Annotations)
	maps.DeleteFunc(annotations, func(_, text string) bool { return manifest.IsTemplate(text) })
	age := sealed.ReadAge(annotations, s.Now)
	if age.SealedAt.IsZero() && s.sealedValues > 0 {
		s.report.Summary.AgeUnknown++
	}
	for _, f := range s.AgeFindings(age, s.Now) {
		s.report.found(f.In(engine.Finding{
			File: s.place.File, Line: s.form.Line("metadata", "annotations", f.Annotation),
			Namespace: s.place.Namespace, Name: s.place.Name,
		}))
	}
}
