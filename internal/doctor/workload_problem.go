package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// ErrDefaultAccount says that a workload has no ServiceAccount of its own.
var ErrDefaultAccount = errors.New("every pod without a ServiceAccount of its own has it, and can open the same " +
	"Secrets")

// NoAccountError reports that the ServiceAccount of a workload does not exist.
type NoAccountError struct{ Account config.Account }

func (e *NoAccountError) Error() string {
	return fmt.Sprintf("ServiceAccount %s does not exist: pods are not created", e.Account)
}

// NoSecretError reports that a workload uses a Secret or an entry that does not exist.
type NoSecretError struct {
	Secret string
	Entry  string // empty: the Secret does not exist
	Place  string // that uses it
}

func (e *NoSecretError) Error() string {
	if e.Entry != "" {
		return fmt.Sprintf("secret %s has no entry %q, which %s uses", e.Secret, e.Entry, e.Place)
	}
	return fmt.Sprintf("secret %s does not exist, which %s uses", e.Secret, e.Place)
}

// MixedSecretError reports a Secret of which only some entries are sealed.
type MixedSecretError struct {
	Secret  string
	Entries []string // that are not sealed
}

func (e *MixedSecretError) Error() string {
	return fmt.Sprintf("secret %s is sealed in part: %s not sealed", e.Secret, strings.Join(e.Entries, ", "))
}

// NoKeyError reports a sealed Secret that does not name its transit key.
type NoKeyError struct{ Secret string }

func (e *NoKeyError) Error() string {
	return fmt.Sprintf("secret %s does not name its transit key, and none is configured", e.Secret)
}

// NotInjectedError reports a workload whose containers get ciphertext.
type NotInjectedError struct{ Label string }

func (e *NotInjectedError) Error() string {
	return e.Label + " uses sealed Secrets and is not injected: its containers get ciphertext"
}

// InjectionError reports an injected workload that was changed afterwards.
type InjectionError struct{ Label, Reason string }

func (e *InjectionError) Error() string { return e.Label + ": " + e.Reason }

// PinnedError reports that the pods of a workload have another setting than the one that is checked.
type PinnedError struct {
	What            string
	Flag            string // that specifies it; empty: none
	Pinned, Checked string // empty: none, or not shown
}

func (e *PinnedError) Error() string {
	if e.Pinned == "" && e.Checked == "" {
		return "its pods have another " + e.What
	}
	return fmt.Sprintf("its pods have the %s %q, not %q", e.What, e.Pinned, e.Checked)
}

// OldKubernetesError reports that Kubernetes is too old for what pods use.
type OldKubernetesError struct {
	What, Since string
	Old         []string // what is older, with its version
	Later       bool     // it is for pods that are injected later
}

func (e *OldKubernetesError) Error() string {
	return fmt.Sprintf("%s need Kubernetes %s: older are %s", e.What, e.Since, strings.Join(e.Old, ", "))
}

// WorkloadLoginError reports that the pods of a workload cannot log in to Vault.
type WorkloadLoginError struct {
	Label   string
	Account config.Account
	Err     error
}

func (e *WorkloadLoginError) Error() string { return e.Err.Error() }

// Unwrap returns why Vault refused the login.
func (e *WorkloadLoginError) Unwrap() error { return e.Err }
