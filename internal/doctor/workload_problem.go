package doctor

import (
	"errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// ErrDefaultAccount says that a workload has no ServiceAccount of its own.
var ErrDefaultAccount = errors.New("every pod without a ServiceAccount of its own has it, and can open the same " +
	"Secrets")

// NoAccountError reports that the ServiceAccount of a workload does not exist.
type NoAccountError struct{ Account config.Account }

func (e *NoAccountError) Error() string { return e.phrase().String() }

func (e *NoAccountError) phrase() phrase {
	return say("ServiceAccount %s does not exist: pods are not created", e.Account)
}

// NoSecretError reports that a workload uses a Secret or an entry that does not exist.
type NoSecretError struct {
	Secret string
	Entry  string // empty: the Secret does not exist
	Place  string // that uses it
}

func (e *NoSecretError) Error() string { return e.phrase().String() }

func (e *NoSecretError) phrase() phrase {
	secret := name{aSecret, e.Secret}
	if e.Entry != "" {
		return say("secret %s has no entry %q, which %s uses", secret, name{anEntry, e.Entry}, name{aPlace, e.Place})
	}
	return say("secret %s does not exist, which %s uses", secret, name{aPlace, e.Place})
}

// MixedSecretError reports a Secret of which only some entries are sealed.
type MixedSecretError struct {
	Secret  string
	Entries []string // that are not sealed
}

func (e *MixedSecretError) Error() string { return e.phrase().String() }

func (e *MixedSecretError) phrase() phrase {
	return say("secret %s is sealed in part: %s not sealed", name{aSecret, e.Secret},
		names{kind: anEntry, texts: e.Entries})
}

// NoKeyError reports a sealed Secret that does not name its transit key.
type NoKeyError struct{ Secret string }

func (e *NoKeyError) Error() string { return e.phrase().String() }

func (e *NoKeyError) phrase() phrase {
	return say("secret %s does not name its transit key, and none is configured", name{aSecret, e.Secret})
}

// NotInjectedError reports a workload whose containers get ciphertext.
type NotInjectedError struct{ Label string }

func (e *NotInjectedError) Error() string { return e.phrase().String() }

func (e *NotInjectedError) phrase() phrase {
	return say("%s uses sealed Secrets and is not injected: its containers get ciphertext", workloadLabel(e.Label))
}

// InjectionError reports an injected workload that was changed afterwards.
type InjectionError struct {
	Label, Reason string

	told phrase // Reason
}

func injection(label, format string, values ...any) *InjectionError {
	reason := say(format, values...)
	return &InjectionError{Label: label, Reason: reason.String(), told: reason}
}

func (e *InjectionError) Error() string { return e.Label + ": " + e.Reason }

func (e *InjectionError) phrase() phrase { return say("%s: %s", workloadLabel(e.Label), e.told) }

// PinnedError reports that the pods of a workload have another setting than the one that is checked.
type PinnedError struct {
	What            string
	Secret          string // whose setting it is; empty: that of all
	Flag            string // that specifies it; empty: none
	Pinned, Checked string // empty: none, or not shown
}

func (e *PinnedError) Error() string { return e.phrase().String() }

func (e *PinnedError) phrase() phrase {
	what := say("%s", word(e.What))
	if e.Secret != "" {
		what = say("%s of secret %s", what, name{aSecret, e.Secret})
	}
	if e.Pinned == "" && e.Checked == "" {
		return say("its pods have another %s", what)
	}
	return say("its pods have the %s %q, not %q", what, name{aSetting, e.Pinned}, name{aSetting, e.Checked})
}

// OldKubernetesError reports that Kubernetes is too old for what pods use.
type OldKubernetesError struct {
	What, Since string
	Old         []string // what is older, with its version
	Later       bool     // it is for pods that are injected later
}

func (e *OldKubernetesError) Error() string { return e.phrase().String() }

func (e *OldKubernetesError) phrase() phrase {
	return say("%s need Kubernetes %s: older are %s", word(e.What), word(e.Since), names{kind: aNode, texts: e.Old})
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
