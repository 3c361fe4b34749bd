package plugin

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/secretusers"
)

// exportStatus is what became of a Secret.
type exportStatus string

// The statuses.
const (
	exportSealable exportStatus = "sealable" // in a dry run, or not reached
	exportWritten  exportStatus = "written"
	exportLeft     exportStatus = "left" // it must stay plaintext, or is sealed
	exportFailed   exportStatus = "failed"
)

// exportReport is the report of create --from-secret for machines.
type exportReport struct {
	metav1.TypeMeta `json:",inline"`

	DryRun  bool          `json:"dryRun"`
	Items   []exportItem  `json:"items"`
	Summary exportSummary `json:"summary"`

	named bool // the Secrets are named: each that is not written has failed
}

type exportItem struct {
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	Type       corev1.SecretType `json:"type,omitempty"`
	Status     exportStatus      `json:"status"`
	Reason     sealed.LeftReason `json:"reason,omitempty"`  // of those that are left
	Message    string            `json:"message,omitempty"` // why it is left, or has failed
	File       string            `json:"file,omitempty"`
	TransitKey string            `json:"transitKey,omitempty"`
	UsedBy     []exportUser      `json:"usedBy,omitempty"` // as plaintext

	err error
}

type exportUser struct {
	Object string `json:"object"`
	Place  string `json:"place"`
}

type exportSummary struct {
	Sealable int                       `json:"sealable"`
	Written  int                       `json:"written"`
	Failed   int                       `json:"failed"`
	Left     map[sealed.LeftReason]int `json:"left"`
}

func newExportReport(dryRun bool) *exportReport {
	return &exportReport{
		TypeMeta: metav1.TypeMeta{APIVersion: engine.ReportAPIVersion, Kind: "FromSecretReport"},
		DryRun:   dryRun, Items: []exportItem{}, Summary: exportSummary{Left: map[sealed.LeftReason]int{}},
	}
}

// add adds a Secret, and what uses its plaintext if it can be sealed.
func (r *exportReport) add(one engine.Surveyed, users []secretusers.User) {
	item := exportItem{Namespace: one.Namespace, Name: one.Name, Type: one.Type, Status: exportSealable}
	switch {
	case one.Err != nil:
		r.fail(&item, one.Err)
	case one.Left != nil:
		item.Status, item.Reason, item.Message = exportLeft, one.Left.Reason, one.Left.Error()
	default:
		for _, user := range users {
			item.UsedBy = append(item.UsedBy, exportUser(user))
		}
	}
	r.Items = append(r.Items, item)
}

// fail says why a Secret is not written.
func (r *exportReport) fail(i *exportItem, err error) {
	i.Status, i.Message, i.err = exportFailed, err.Error(), err
	var replaced *engine.NotReplaceableError
	var left *sealed.LeftError
	if !r.named && errors.As(err, &replaced) && errors.As(err, &left) { // it has changed since it was listed
		i.Status, i.Reason, i.Message = exportLeft, left.Reason, left.Error()
	}
}

// count counts the items.
func (r *exportReport) count() {
	for _, item := range r.Items {
		switch item.Status {
		case exportSealable:
			r.Summary.Sealable++
		case exportWritten:
			r.Summary.Written++
		case exportFailed:
			r.Summary.Failed++
		case exportLeft:
			r.Summary.Left[item.Reason]++
		}
	}
}

// print prints the report.
func (e *export) print(selection engine.Selection) error {
	r, out := e.report, e.globals.process.Out
	r.count()
	switch e.output.value {
	case outputJSON, outputYAML:
		return printObject(out, e.output.value, r)
	case outputName:
		for _, item := range r.Items {
			if item.Status == exportWritten || r.DryRun && item.Status == exportSealable {
				if err := say(out, "secret/%s\n", item.Name); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if len(r.Items) == 0 {
		e.globals.note("no Secrets %s", e.live.selection.where(selection))
		return nil
	}
	table := newTable(out)
	table.row("NAMESPACE", "NAME", "STATUS", "USED BY", "FILE OR REASON")
	for _, item := range r.Items {
		table.row(item.Namespace, item.Name, string(item.Status), item.usedBy(), orNone(item.fileOrReason()))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if err := say(out, "%s%s\n", r.Summary.text(), e.dryRun.suffix()); err != nil {
		return err
	}
	e.noteInUse()
	return nil
}

// noteInUse says what to do before the manifests of Secrets in use are applied.
func (e *export) noteInUse() {
	used := 0
	for _, item := range e.report.Items {
		if len(item.UsedBy) > 0 && item.Status != exportFailed {
			used++
		}
	}
	are := "are"
	if used == 1 {
		are = "is"
	}
	if used > 0 {
		e.globals.note("%s %s used as plaintext: inject what uses them before you seal them in the cluster",
			count(used, "Secret"), are)
	}
}

// maxUsersShown is how many users of a Secret a row of the table names.
const maxUsersShown = 3

func (i exportItem) usedBy() string {
	var names []string
	for _, user := range i.UsedBy[:min(len(i.UsedBy), maxUsersShown)] {
		names = append(names, user.Object)
	}
	return orNone(someOf(names, len(i.UsedBy)))
}

func (i exportItem) fileOrReason() string {
	if i.Message != "" {
		return i.Message
	}
	return i.File
}

// text is the last line of the report.
func (s exportSummary) text() string {
	var parts []string
	for _, part := range []struct {
		n    int
		word string
	}{{s.Written, "written"}, {s.Sealable, "sealable"}, {s.Failed, "failed"}} {
		if part.n > 0 {
			parts = append(parts, count(part.n, "Secret")+" "+part.word)
		}
	}
	left := 0
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(s.Left)) {
		left += s.Left[reason]
		reasons = append(reasons, fmt.Sprintf("%s: %d", reason, s.Left[reason]))
	}
	if left > 0 {
		parts = append(parts, fmt.Sprintf("%s left (%s)", count(left, "Secret"), strings.Join(reasons, ", ")))
	}
	return strings.Join(parts, ", ")
}

// endOf is what the command ends with: the error that ended it, or the Secrets that failed.
func (r *exportReport) endOf(stopped error) error {
	done := r.Summary.Written
	if stopped != nil && done > 0 {
		return newReportError(exitPartial, fmt.Errorf("stopped after %s: %w", count(done, "Secret"), stopped), "")
	}
	if stopped != nil || r.Summary.Failed == 0 {
		return stopped
	}
	var first error
	allDenied := true
	for _, item := range r.Items {
		if item.Status == exportFailed {
			allDenied = allDenied && denied(item.err)
			if first == nil {
				first = item.err
			}
		}
	}
	code := stoppedCode(done, first)
	if done == 0 && !allDenied {
		code = exitFailed
	}
	return newReportError(code, fmt.Errorf("%s of %d not written", count(r.Summary.Failed, "Secret"),
		len(r.Items)-r.left()), hint(first))
}

func (r *exportReport) left() (n int) {
	for _, count := range r.Summary.Left {
		n += count
	}
	return n
}
