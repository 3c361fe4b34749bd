package plugin

import (
	"errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// ageHints say what to do about credentials that are old or expire, and about annotations that are not times.
func (o *verifyOptions) ageHints(findings []engine.Finding) []string {
	found := map[engine.EntryStatus]int{}
	for _, f := range findings {
		found[f.Status]++
	}
	where := "NAME"
	if o.selection.manifests.given() {
		where = "-f FILE NAME"
	}
	var hints []string
	if found[engine.Expired]+found[engine.ExpiresSoon] > 0 {
		hints = append(hints, "change a credential that has expired or expires soon, then set its new value: kubectl "+
			"vaultseal set "+where+" ENTRY --expires 90d; if it stays valid: kubectl vaultseal reseal "+where+
			" --expires 90d")
	}
	if found[engine.Old] > 0 {
		hints = append(hints, "change an old credential, then set its new value: kubectl vaultseal set "+where+" ENTRY")
	}
	switch {
	case malformedAges(findings) == 0:
	case o.selection.manifests.given():
		hints = append(hints, "remove the annotation that is not a time from its manifest; to set an expiry: kubectl "+
			"vaultseal reseal "+where+" --expires 90d")
	default:
		hints = append(hints, "remove the annotation that REASON names: kubectl annotate secret NAME ANNOTATION-; to "+
			"set an expiry: kubectl vaultseal reseal NAME --expires 90d")
	}
	return hints
}

// malformedAges is the number of annotations about the age that are not times.
func malformedAges(findings []engine.Finding) (n int) {
	for _, f := range findings {
		if _, isTime := errors.AsType[*sealed.TimeError](f.Err); isTime {
			n++
		}
	}
	return n
}
