package engine

import (
	"errors"
	"fmt"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestFatal: what would meet every other Secret too ends a run; what is about one Secret does not.
func TestFatal(t *testing.T) {
	for _, err := range []error{&kube.TokenAudienceError{}, &kube.AccountError{}, &transit.CertificateError{},
		kube.ErrUnreachable, transit.ErrSealed} {
		if !fatal(fmt.Errorf("login: %w", err)) {
			t.Errorf("%v does not end a run", err)
		}
	}
	for _, err := range []error{transit.ErrDenied, kube.ErrConflict, errors.New("other"),
		&keyError{transit.ErrUnreachable}} {
		if fatal(err) {
			t.Errorf("%v ends a run", err)
		}
	}
}
