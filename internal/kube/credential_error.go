package kube

import (
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// CredentialError says that the kubeconfig's credential plugin gave no credential. It is ErrUnauthenticated.
type CredentialError struct {
	// Reason in client-go's words, a line.
	Reason string
	// Install is what the kubeconfig says of the plugin's installation, a line; empty: nothing.
	Install string
	err     error
}

func (e *CredentialError) Error() string {
	return "the kubeconfig's credential plugin gives no credential: " + e.Reason
}

func (e *CredentialError) Unwrap() []error { return []error{transit.ErrUnauthenticated, e.err} }

// NotFound tells that there is no such program.
func (e *CredentialError) NotFound() bool { return strings.HasSuffix(e.Reason, " not found") }

// Interactive tells that the plugin needs a terminal.
func (e *CredentialError) Interactive() bool { return strings.Contains(e.Reason, "interactive mode") }

// credentialError recognises client-go's error, which is text only; nil for others.
func credentialError(err error) error {
	_, text, found := strings.Cut(err.Error(), ": getting credentials: ")
	if !found {
		return nil
	}
	paragraphs := strings.Split(strings.TrimSpace(text), "\n\n")
	e := &CredentialError{Reason: oneLineOf(paragraphs[0]), err: err}
	if own := 3; len(paragraphs) > own { // before the kubeconfig's own words, two paragraphs say what plugins are
		e.Install = oneLineOf(strings.Join(paragraphs[own:], " "))
	}
	return e
}

func oneLineOf(text string) string { return strings.Join(strings.Fields(text), " ") }
