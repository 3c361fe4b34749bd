package transit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	// lateEffect is how long a rotation whose answer was lost may take to show.
	lateEffect = time.Second
	// maxRotateFaltering is how often a rotation is sent that Vault answers with a 500.
	maxRotateFaltering = 3
)

// Rotate makes a new version of the key and returns the metadata after it. Before is what [Session.Key] said
// of the key.
//
// A second rotation would make a second version. So if the answer does not report whether the rotation happened, Rotate
// reads the latest version and compares it with the one before. If the version is higher, by this call or another one,
// that is success. If not, Rotate sends the rotation again where the connection was lost or the node is not active, as
// in a failover: Vault's new active node then has everything that the former one did. After a gateway's error or a
// timeout, the request may still be under way, and Rotate returns the error.
func (s *Session) Rotate(ctx context.Context, before KeyInfo) (KeyInfo, error) {
	if err := before.Key.check(); err != nil {
		return KeyInfo{}, fmt.Errorf("rotate key: %w", err)
	}
	var end time.Time
	for failed := 0; ; {
		r := rotateRequest(before.Key)
		a, err := s.send(ctx, r)
		why := r.failureOf(a, err)
		after, unchanged, err := s.afterRotation(ctx, r, before, a, err)
		if !unchanged {
			return after, err
		}
		if why == faltering {
			failed++
		}
		now := s.client.now()
		if end.IsZero() {
			end = now.Add(retryTimeout)
		}
		if !why.allowsRotateAgain() || failed == maxRotateFaltering || now.After(end) {
			return KeyInfo{}, err
		}
	}
}

func rotateRequest(key Key) *request {
	return &request{
		op: "rotate transit key " + key.String(), method: http.MethodPost,
		path: key.Mount + "/keys/" + key.Name + "/rotate", key: key, once: true, checkedBySender: true,
	}
}

// allowsRotateAgain reports whether a rotation that has not changed the latest version can no longer change it.
func (f failure) allowsRotateAgain() bool {
	return f == inactive || f == sealed || f == faltering || f == lost
}

// afterRotation finds out whether a rotation happened. It returns the key's metadata after it, or an error. Unchanged
// means that the key has no new version.
func (s *Session) afterRotation(
	ctx context.Context, r *request, before KeyInfo, a *answer, err error,
) (after KeyInfo, unchanged bool, _ error) {
	looks := 1
	if r.failureOf(a, err).allowsRotateAgain() {
		looks = 2 // the request may still have an effect after the first look
	}
	switch {
	case err == nil && a.status < 300:
		after, err = s.confirmedRotation(ctx, r, before, a)
		return after, false, err
	case err == nil:
		err = r.refusal(a)
		if a.status < 500 {
			return KeyInfo{}, false, err
		}
	case !Ambiguous(err):
		return KeyInfo{}, false, err
	}
	if ctx.Err() != nil {
		return KeyInfo{}, false, fmt.Errorf("%w: %w", err, ErrRotationUnknown)
	}
	for look := range looks {
		if look > 0 {
			if err := s.client.sleep(ctx, lateEffect); err != nil {
				return KeyInfo{}, false, fmt.Errorf("%s: %w: %w", r.op, err, ErrRotationUnknown)
			}
		}
		after, readErr := s.readKey(ctx, before.Key, true)
		switch {
		case readErr != nil && errors.Is(err, ErrSealed):
			return KeyInfo{}, false, err
		case readErr != nil:
			return KeyInfo{}, false, fmt.Errorf("%w: %w: %w", err, ErrRotationUnknown, readErr)
		case after.LatestVersion > before.LatestVersion:
			return after, false, nil
		}
	}
	return KeyInfo{}, true, fmt.Errorf("%w: the latest version is still %d", err, before.LatestVersion)
}

// confirmedRotation reads the key's metadata after a rotation that Vault has confirmed. Vault 1.21 answers with it; if
// an answer has none, this reads the key.
func (s *Session) confirmedRotation(ctx context.Context, r *request, before KeyInfo, a *answer) (KeyInfo, error) {
	if after, err := parseKeyInfo(before.Key, a.body); err == nil && after.LatestVersion > before.LatestVersion {
		return after, nil
	}
	after, err := s.readKey(ctx, before.Key, true)
	if err != nil {
		return KeyInfo{}, fmt.Errorf("%s: done, but the key cannot be read: %w: %w", r.op, ErrRotationUnknown, err)
	}
	if after.LatestVersion <= before.LatestVersion {
		err = fmt.Errorf("%s: done, but the new version cannot be read yet: %w", r.op, ErrNotCurrent)
	}
	return after, err
}

// Ambiguous reports whether an answer was lost to a request that Vault may have carried out.
func Ambiguous(err error) bool {
	var lost *UnreachableError
	var ended *EndedError
	return errors.As(err, &lost) && lost.reached || errors.As(err, &ended) && ended.Reached
}
