package plugin

import (
	"errors"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// alike groups the findings of a status by their cause.
func alike(findings []engine.Finding, status engine.EntryStatus) *causes {
	c := newCauses("Secret")
	last := ""
	for _, f := range findings {
		if f.Status != status || f.Name == "" || f.File != "" { // a row says the file
			continue
		}
		where, cause := f.Namespace+"/"+f.Name, causeOfFinding(f)
		if this := where + " " + cause; this != last { // the entries of a Secret follow each other
			c.add(where, cause, "")
			last = this
		}
	}
	return c
}

func causeOfFinding(f engine.Finding) string {
	if f.Name == "" {
		return "transit key " + f.TransitKey // always a row of its own
	}
	return causeOf(f.Reason, f.Namespace+"/"+f.Name)
}

// notVerifiedNote says which Secrets another installation has to verify.
func notVerifiedNote(others []engine.OtherSecret) string {
	names, engines := make([]string, len(others)), map[string]bool{}
	for i, other := range others {
		names[i], engines[engineOf(other.TransitKey)] = other.Namespace+"/"+other.Name, true
	}
	return otherInstallationNote(names, engines)
}

// unreadInOneLine is the error with a line in place of an error for each Secret that was named and could not be read.
func unreadInOneLine(err error) error {
	var unread *engine.UnreadError
	if !errors.As(err, &unread) || len(unread.Secrets) < 2 {
		return err
	}
	c := newCauses("Secret")
	for _, secret := range unread.Secrets {
		where := secret.Namespace + "/" + secret.Name
		c.add(where, causeOf(secret.Err.Error(), where), secret.Err.Error())
	}
	text := strings.Join(c.lines("cannot be read"), "; ")
	if before, found := strings.CutSuffix(err.Error(), unread.Error()); found {
		text = before + text
	}
	return &rephrasedError{err: err, text: text}
}
