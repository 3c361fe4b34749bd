package formcheck

import (
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Request says what to check.
type Request struct {
	// Paths are files and directories; Recursive includes subdirectories.
	Paths     []string
	Recursive bool
	// Content returns the content of a file that Paths has, or of manifest.Stdin.
	Content func(path string) ([]byte, error)
	// Namespace is that of Secrets whose manifest has none. Secrets of other namespaces are out of view. Empty: all
	// are in view.
	Namespace string
	// RequireBound makes a Secret without a scope a finding.
	RequireBound bool
	// LeastScope makes a Secret with a weaker scope a finding; Unbound: none. Its annotation says the scope, which is
	// no proof.
	LeastScope sealed.Scope
	// Expect makes it a finding if fewer sealed Secrets are in view; 0: none.
	Expect int
	engine.AgeLimits
	// Now is the time that ages are compared with.
	Now time.Time
}

// Check checks the form of the Secrets in files. It writes nothing. The report has all that was checked, also if there
// is an error, which lists the paths that cannot be read.
func Check(request Request) (*Report, error) {
	c := &check{Request: request, report: &Report{
		TypeMeta: metav1.TypeMeta{APIVersion: engine.ReportAPIVersion, Kind: ReportKind},
		Proves:   ProvesForm,
		Summary:  Summary{Expected: request.Expect, Findings: map[engine.EntryStatus]int{}},
		Findings: []engine.Finding{},
	}}
	err := manifest.ReadForms(request.Paths, request.Recursive, request.Content, c.file)
	c.report.finish()
	return c.report, err
}

type check struct {
	Request

	report *Report
}

// file checks a file.
func (c *check) file(file manifest.FileForm) {
	c.report.Summary.Files++
	if file.Err != nil {
		c.unreadable(file.Path, file.Err)
	}
	for _, err := range file.Unread {
		c.unreadable(file.Path, err)
	}
	for _, secret := range file.Secrets {
		c.secret(file.Path, secret)
	}
}

// unreadable records what cannot be read.
func (c *check) unreadable(path string, err error) {
	finding := engine.Finding{File: path, Status: engine.Unreadable, Reason: err.Error(), Err: err}
	var placed *manifest.Error
	if errors.As(err, &placed) {
		finding.Line, finding.Name, finding.Entry = placed.Line, placed.Secret, placed.Entry
		finding.Reason = placed.Reason
	}
	c.report.found(finding)
}

// secret checks a Secret.
func (c *check) secret(path string, form manifest.SecretForm) {
	s := &secretCheck{check: c, form: form, secret: form.Secret}
	s.place = Place{File: path, Line: form.Line(), Namespace: form.Secret.Namespace, Name: form.Secret.Name}
	if s.place.Name == "" {
		s.place.Name = form.Secret.GenerateName
	}
	switch {
	case c.Namespace == "":
	case s.place.Namespace == "" || manifest.IsTemplate(s.place.Namespace):
		s.place.Namespace = c.Namespace
	case s.place.Namespace != c.Namespace:
		c.report.Summary.OutOfView++
		return
	}
	s.run()
}
