package transit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Rotate makes a new version of the key and returns the metadata after it. Before is what [Session.Key] said
// of the key.
//
// It is sent once: a second rotation would be a second version. When the answer does not tell whether it
// happened (a gateway's error, a lost connection, a time limit), the latest version is read and compared
// with the one before: raised, by this call or another's at the same moment, is success; else the error stands.
func (s *Session) Rotate(ctx context.Context, before KeyInfo) (KeyInfo, error) {
	key := before.Key
	if err := key.check(); err != nil {
		return KeyInfo{}, fmt.Errorf("rotate key: %w", err)
	}
	r := &request{
		op: "rotate transit key " + key.String(), method: http.MethodPost,
		path: key.Mount + "/keys/" + key.Name + "/rotate", key: key, once: true,
	}
	a, err := s.send(ctx, r)
	switch {
	case err == nil && a.status < 300:
		// Vault 1.21 answers with the metadata. An answer without it is no failure.
		if after, err := parseKeyInfo(key, a.body); err == nil && after.LatestVersion > before.LatestVersion {
			return after, nil
		}
		after, err := s.readKey(ctx, key, true)
		if err != nil {
			return KeyInfo{}, fmt.Errorf("%s: done, but the key cannot be read: %w: %w", r.op, ErrRotationUnknown, err)
		}
		if after.LatestVersion <= before.LatestVersion {
			err = fmt.Errorf("%s: done, but its new version is not to be read yet: %w", r.op, ErrNotCurrent)
		}
		return after, err
	case err == nil:
		err = r.refusal(a)
		if a.status < 500 || errors.Is(err, ErrSealed) {
			return KeyInfo{}, err
		}
	case !ambiguous(err):
		return KeyInfo{}, err
	}
	if ctx.Err() != nil {
		return KeyInfo{}, fmt.Errorf("%w: %w", err, ErrRotationUnknown)
	}
	after, readErr := s.readKey(ctx, key, true)
	switch {
	case readErr != nil:
		return KeyInfo{}, fmt.Errorf("%w: %w: %w", err, ErrRotationUnknown, readErr)
	case after.LatestVersion > before.LatestVersion:
		return after, nil
	}
	return KeyInfo{}, fmt.Errorf("%w: the latest version is still %d", err, after.LatestVersion)
}

// ambiguous is true for a lost answer to a request that may have reached Vault.
func ambiguous(err error) bool {
	var lost *unreachableError
	var ended *endedError
	return errors.As(err, &lost) && lost.reached || errors.As(err, &ended) && ended.reached
}
