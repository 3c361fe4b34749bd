package plugin

import (
	"context"
	"fmt"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

// enforcementBeside reads beside other work whether the API server checks the Secrets of the namespaces (none: of all).
// The result says it of those that turned out to be in view; nil: there is no configuration whose policy it would be.
func (c *connection) enforcementBeside(ctx context.Context,
	namespaces []string) (in func(namespaces []string) []setup.NamespaceEnforcement) {
	system := c.globals.configNamespace
	if system == "" {
		return func([]string) []setup.NamespaceEnforcement { return nil }
	}
	read := make(chan *setup.EnforcementView, 1)
	go func() { read <- setup.ViewEnforcement(ctx, c.core, system, c.config.TransitKey.Value, namespaces) }()
	return func(namespaces []string) []setup.NamespaceEnforcement { return (<-read).In(namespaces) }
}

// enforcementNotes say what happens to plaintext Secrets. What is not known is not spoken of.
func enforcementNotes(states []setup.NamespaceEnforcement) []string {
	by := map[string][]string{}
	var notes []string
	broken := newCauses("namespace")
	for _, one := range states {
		by[one.State] = append(by[one.State], one.Namespace)
		if one.State == setup.EnforceBroken {
			broken.add(one.Namespace, one.Reason, "plaintext Secrets may be stored in namespace "+one.Namespace+": "+
				one.Reason)
		}
	}
	for _, kind := range []struct{ state, text string }{
		{setup.EnforceDeny, "the API server denies plaintext Secrets in %s"},
		{setup.EnforceWarn, "the API server stores plaintext Secrets in %s, with a warning"},
		{setup.EnforceOff, "the API server stores plaintext Secrets in %s: setup --enforce is off there"},
	} {
		if in := by[kind.state]; len(in) > 0 {
			notes = append(notes, fmt.Sprintf(kind.text, firstOf(in)))
		}
	}
	return append(notes, broken.lines("may store plaintext Secrets")...)
}

// examinedEnforcement is what doctor says of it.
func examinedEnforcement(ctx context.Context, core corev1client.CoreV1Interface, system, namespace string,
	keys sealed.KeyTemplate) doctor.Enforcement {
	if system == "" {
		return doctor.Enforcement{Status: doctor.Skipped, State: "not checked", Reason: "--config-namespace is empty"}
	}
	one := setup.ViewEnforcement(ctx, core, system, keys, []string{namespace}).In([]string{namespace})[0]
	switch one.State {
	case setup.EnforceDeny:
		return doctor.Enforcement{Status: doctor.OK, State: "the API server denies plaintext Secrets"}
	case setup.EnforceWarn:
		return doctor.Enforcement{Status: doctor.OK,
			State: "the API server warns of plaintext Secrets, and stores them,"}
	case setup.EnforceOff:
		return doctor.Enforcement{Status: doctor.Skipped, State: "off: the API server stores plaintext Secrets"}
	case setup.EnforceBroken:
		return doctor.Enforcement{Status: doctor.Warning, Reason: one.Reason}
	}
	return doctor.Enforcement{Status: doctor.Skipped, State: "not known", Reason: one.Reason}
}
