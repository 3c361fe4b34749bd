package kube

import (
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// CredentialError reports that the kubeconfig's credential plugin returned no credential. It is ErrUnauthenticated.
type CredentialError struct {
	// Reason in client-go's words, one line.
	Reason string
	// Install is the kubeconfig's text on how to install the plugin, one line; empty: none.
	Install string
	err     error
}

func (e *CredentialError) Error() string {
	return "the kubeconfig's credential plugin gives no credential: " + e.Reason
}

func (e *CredentialError) Unwrap() []error { return []error{transit.ErrUnauthenticated, e.err} }

// NotFound reports whether the program does not exist.
func (e *CredentialError) NotFound() bool { return strings.HasSuffix(e.Reason, " not found") }

// Interactive reports whether the plugin needs a terminal.
func (e *CredentialError) Interactive() bool { return strings.Contains(e.Reason, "interactive mode") }

// credentialError recognises client-go's error, which is only text; nil for other errors.
func credentialError(err error) error {
	_, text, found := strings.Cut(err.Error(), ": getting credentials: ")
	if !found {
		return nil
	}
	paragraphs := strings.Split(strings.TrimSpace(text), "\n\n")
	e := &CredentialError{Reason: oneLineOf(paragraphs[0]), err: err}
	if own := 3; len(paragraphs) > own { // the kubeconfig's text follows two paragraphs about plugins
		e.Install = oneLineOf(strings.Join(paragraphs[own:], " "))
	}
	return e
}

func oneLineOf(text string) string { return strings.Join(strings.Fields(text), " ") }
