package plugin

import (
	"errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/secretusers"
)

func fromSecretRows() map[string]row {
	left := func(reason sealed.LeftReason, text string) error {
		return &sealed.LeftError{Reason: reason, Err: errors.New(text)}
	}
	return map[string]row{
		"manifest.FileExistsError": hasHint(&manifest.FileExistsError{Path: "sealed/team-a/app.yaml"}),
		"sealed.LeftError": hasHint(
			left(sealed.LeftManaged, "Flux (label kustomize.toolkit.fluxcd.io/name) manages it"),
			left(sealed.LeftOwned, "Certificate/app owns it"), left(sealed.LeftImmutable, "it is immutable")),
		"secretusers.InUseError": hasHint(&secretusers.InUseError{Namespace: "team-a", Name: "app",
			Users: []secretusers.User{{Object: "deployment/web", Place: "volume tls"},
				{Object: "ingress/web", Place: "tls"}}}),
		"secretusers.UnreadError": hasHint(&secretusers.UnreadError{Namespace: "team-a",
			Unread: []secretusers.Unread{{Resource: "cronjobs.batch", Namespace: "team-a", InNamespace: true},
				{Resource: "pods", Namespace: "team-a", InNamespace: true}}}),
	}
}
