package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// sampleSize is the size of the sealed plaintext in bytes.
const sampleSize = 32

// roundTrip seals random bytes as an entry of a Secret that does not exist, and opens them again. It does not use the
// cluster.
func (e *examination) roundTrip(ctx context.Context) finding {
	scope := sealed.Unbound
	if e.info.Derived {
		scope = sealed.Strict
	}
	sample := make([]byte, sampleSize)
	_, _ = rand.Read(sample) // never fails
	nowhere := sealed.Secret{Namespace: e.namespace(), Name: "vaultseal-doctor-" + strings.ToLower(rand.Text()),
		Scope: scope}
	results, err := e.session.Encrypt(ctx, e.key, []transit.Item{nowhere.PlaintextItem("sample", sample)})
	if err = first(results, err); err != nil {
		return failed(&RoundTripError{Step: "seal", Err: err})
	}
	entry := sealed.Entry{Name: "sample", Ciphertext: results[0].Ciphertext}
	version := entry.Ciphertext.Version()
	results, err = e.session.Decrypt(ctx, e.key, []transit.Item{nowhere.Item(entry)})
	if err = first(results, err); err != nil {
		return failed(&RoundTripError{Step: "open", Err: err})
	}
	if !bytes.Equal(results[0].Plaintext, sample) {
		return failed(ErrOpensToAnother)
	}
	return ok("%d random bytes sealed (%s, version %d) and opened again; nothing was written", sampleSize, scope,
		version)
}

// first returns the error of the one item that was sent.
func first(results []transit.Result, err error) error {
	if err != nil {
		return err
	}
	return results[0].Err
}
