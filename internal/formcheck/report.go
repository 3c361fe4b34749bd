package formcheck

import (
	"cmp"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// ReportKind is the kind of Report.
const ReportKind = "OfflineVerificationReport"

// The statuses of this check. Its others are those of a verification with Vault.
const (
	Malformed                     = engine.Malformed // begins as a ciphertext, or is an annotation that is not valid
	Incomplete engine.EntryStatus = "incomplete"     // bound to a name or namespace that the manifest does not have
)

// ProvesForm is the value of Report.Proves.
const ProvesForm = "form"

// Report is the result of Check.
type Report struct {
	metav1.TypeMeta `json:",inline"`
	// Proves is "form": whether the entries open is not known.
	Proves string `json:"proves"`
	// Summary counts what was checked.
	Summary Summary `json:"summary"`
	// Findings are sorted by file and line. Each has a file, a status and a reason, except missing, which has no file.
	Findings []engine.Finding `json:"findings"`
	// LeftPlain are plaintext Secrets of types that must stay plaintext, sorted by file and line.
	LeftPlain []Place `json:"leftPlain,omitempty"`
	// Templates are values that a template makes, sorted by file and line. They are known only when it is rendered.
	Templates []Place `json:"templates,omitempty"`
}

// Summary counts what was checked.
type Summary struct {
	Files int `json:"files"`
	// Secrets in view. Sealed is the number of those all of whose entries are sealed.
	Secrets int `json:"secrets"`
	Sealed  int `json:"sealed"`
	Entries int `json:"entries"`
	// Expected is the least expected number of sealed Secrets; 0: any.
	Expected int `json:"expected,omitempty"`
	// Unbound is the number of sealed Secrets without a scope, also if they are not a finding.
	Unbound int `json:"unbound"`
	// AgeUnknown is the number of sealed Secrets of which it is not known when their plaintext was set.
	AgeUnknown int `json:"ageUnknown"`
	// OutOfView is the number of Secrets of other namespaces than the given one.
	OutOfView int `json:"outOfView"`
	// Findings by status.
	Findings map[engine.EntryStatus]int `json:"findings"`
}

// Place is a Secret or an entry in a file.
type Place struct {
	File      string `json:"file"`
	Line      int    `json:"line"` // from 1
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Entry     string `json:"entry,omitempty"`
	Type      string `json:"type,omitempty"` // of the Secret, if it must stay plaintext
}

func (r *Report) found(finding engine.Finding) {
	r.Summary.Findings[finding.Status]++
	r.Findings = append(r.Findings, finding)
}

// finish sorts the report.
func (r *Report) finish() {
	if sealed := r.Summary.Sealed; sealed < r.Summary.Expected {
		r.found(engine.Finding{Status: engine.Missing,
			Reason: fmt.Sprintf("%d sealed Secrets seen, %d expected", sealed, r.Summary.Expected)})
	}
	slices.SortStableFunc(r.Findings, func(a, b engine.Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Entry, b.Entry),
			cmp.Compare(a.Status, b.Status), cmp.Compare(a.Reason, b.Reason))
	})
	for _, places := range [][]Place{r.LeftPlain, r.Templates} {
		slices.SortStableFunc(places, func(a, b Place) int {
			return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Entry, b.Entry))
		})
	}
}
