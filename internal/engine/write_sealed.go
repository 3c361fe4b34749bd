package engine

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// sealedWriteTries are the attempts at a write of new ciphertexts whose key version is retired meanwhile.
const sealedWriteTries = 3

// writeSealed writes new ciphertexts. A retirement of old key versions lists all Secrets, but it cannot see a write on
// its way: one that arrives after its last list could have a version that no longer opens. Therefore writeSealed reads
// the key after the write, and seals and writes again if the version was retired.
func (c *Client) writeSealed(
	ctx context.Context, s sealing, change Change, dryRun DryRun,
) (*corev1.Secret, error) {
	stored, err := c.write(ctx, change, dryRun)
	switch {
	case err != nil, dryRun != DryRunNone && dryRun != "", c.store.KeepsMetadata(), len(change.Set) == 0,
		s.guarded(change.Set):
		return stored, err
	}
	v, as := c.vault(change.As.Namespace), change.As
	again := s
	again.result = &CreateResult{} // its notes have been made
	for try := 1; ; try++ {
		key, err := v.Key(ctx, as.Key)
		if err != nil {
			s.result.Warnings = append(s.result.Warnings, fmt.Sprintf(
				"not checked after the write whether old versions of transit key %s were retired meanwhile: %v", as.Key,
				err))
			return stored, nil
		}
		version := oldestVersion(change.Set)
		if version >= key.MinDecryptionVersion {
			return stored, nil
		}
		failed := &RetiredWriteError{Namespace: as.Namespace, Name: as.Name, Key: as.Key, Version: version}
		if try == sealedWriteTries {
			failed.Err = fmt.Errorf("tried %d times", try)
			return nil, failed
		}
		change = Change{Live: stored, As: as}
		if change.Set, failed.Err = again.encrypt(ctx, v, as); failed.Err != nil {
			return nil, failed
		}
		if stored, failed.Err = c.write(ctx, change, dryRun); failed.Err != nil {
			return nil, failed
		}
	}
}

// guarded reports whether the resourceVersion protects the write from a retirement: the Secret had an entry that opens
// with the key and is as old as the new ciphertexts. The entry keeps their version from being retired until it is
// changed, and then the write is a conflict.
func (s sealing) guarded(set map[string]transit.Ciphertext) bool {
	for _, entry := range s.proven {
		if entry.Ciphertext.Version() <= oldestVersion(set) {
			return true
		}
	}
	return false
}

// oldestVersion is the oldest key version of ciphertexts.
func oldestVersion(set map[string]transit.Ciphertext) int {
	oldest := 0
	for _, ciphertext := range set {
		if version := ciphertext.Version(); oldest == 0 || version < oldest {
			oldest = version
		}
	}
	return oldest
}

// RetiredWriteError says that a Secret was written with a key version that was retired at the same time, so that its
// new values do not open, and that it could not be sealed again.
type RetiredWriteError struct {
	Namespace, Name string
	Key             transit.Key
	Version         int
	Err             error // why it could not be sealed again
}

func (e *RetiredWriteError) Error() string {
	return fmt.Sprintf("secret %s/%s was written and does not open: v%d of transit key %s was retired at the same "+
		"time, and the values could not be sealed again: %v", e.Namespace, e.Name, e.Version, e.Key, e.Err)
}

// Unwrap returns why it could not be sealed again.
func (e *RetiredWriteError) Unwrap() error { return e.Err }
