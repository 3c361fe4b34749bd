package plugin

import (
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// doctorSigningKeysHint is about what doctor finds in the configuration of the jwt method. A login with these keys gets
// the same hints.
func doctorSigningKeysHint(e *doctor.SigningKeysError) string {
	login := func(problem transit.KeyProblem) string {
		return signingKeyHint(&transit.RefusedError{AuthMount: e.AuthMount, KeyProblem: problem})
	}
	switch e.Problem {
	case doctor.UnknownStaticKey:
		return login(transit.UnknownStaticKey)
	case doctor.UnknownReadKey:
		return login(transit.UnknownReadKey)
	case doctor.OtherIssuer:
		return login(transit.OtherIssuer)
	case doctor.AnyIssuer:
		return "run kubectl vaultseal setup again, which sets bound_issuer"
	case doctor.UnsafeURL:
		return "specify an https:// URL with kubectl vaultseal setup --oidc-discovery-url or --jwks-url"
	case doctor.NoKeys:
	}
	return fmt.Sprintf("run kubectl vaultseal setup, or specify the auth mount of this cluster with "+
		"--vault-auth-mount: auth/%s is not configured", e.AuthMount)
}
