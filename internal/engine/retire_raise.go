package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// raiseAndCheck raises the versions of all open keys, lists everything again, and lowers the versions that may still be
// needed. If it ends before the check is done, it lowers all versions. The rows of keys say which it could not lower.
func (t *retirement) raiseAndCheck(ctx context.Context) error {
	open := t.open()
	for _, k := range open { // all listed entries have been tested
		maps.Copy(k.falseAlarms, k.alarms)
		clear(k.alarms)
	}
	err := t.raise(ctx, open)
	notRaised := func(_ transit.Key, k *retiring) bool { return !k.raised }
	raised, checked := maps.Clone(open), t.open()
	maps.DeleteFunc(raised, notRaised)
	maps.DeleteFunc(checked, notRaised)
	if len(raised) == 0 {
		return err
	}
	failed := ctx.Err()
	if failed == nil { // even if Vault does not answer: the list may not need it
		failed = t.scan(ctx, checked, true)
	}
	for key, k := range checked {
		if failed == nil && !k.unsure && k.row.Blocked == 0 && k.row.Reason == "" {
			k.row.State, k.row.Retired = VersionsRetired, true
			delete(raised, key)
		}
	}
	t.lower(ctx, raised)
	return cmp.Or(err, failed)
}

// raise raises the versions of keys, one after the other, until Vault stops answering or the context ends. A failure of
// one key is in its row.
func (t *retirement) raise(ctx context.Context, keys map[transit.Key]*retiring) error {
	for _, key := range slices.SortedFunc(maps.Keys(keys), compareKeys) {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := keys[key]
		err := k.vault.SetMinVersions(ctx, key, k.raisedVersions())
		switch {
		case err == nil:
			k.raised = true
		case errors.Is(err, transit.ErrDenied), errors.Is(err, transit.ErrKeyNotFound):
			k.refuse(err.Error(), err)
		default:
			if err := k.findOut(ctx, key, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *retiring) raisedVersions() transit.MinVersions {
	return transit.MinVersions{Decryption: k.row.ToVersion,
		Encryption: max(k.row.ToVersion, k.info.MinEncryptionVersion)}
}

// findOut reads the key's versions after an error that leaves open whether they were raised. Its error ends the raising
// of others.
func (k *retiring) findOut(ctx context.Context, key transit.Key, failed error) error {
	var now transit.KeyInfo
	err := retryLowering(ctx, func(ctx context.Context) (err error) {
		now, err = k.vault.Key(ctx, key)
		return err
	})
	switch {
	case err != nil:
		k.raised = true // it may be
		k.refuse(failed.Error(), failed)
		return failed
	case now.MinDecryptionVersion == k.row.ToVersion:
		k.raised = true
		return ctx.Err()
	}
	k.row.FromVersion = now.MinDecryptionVersion // another client may have set it
	k.refuse(failed.Error(), failed)
	return ctx.Err()
}

// lower sets the versions of keys back, concurrently.
func (t *retirement) lower(ctx context.Context, keys map[transit.Key]*retiring) {
	var all sync.WaitGroup
	for key, k := range keys {
		all.Go(func() { k.lower(ctx, key) })
	}
	all.Wait()
}

// lower sets a key's versions back, or records in its row that it could not.
func (k *retiring) lower(ctx context.Context, key transit.Key) {
	err := retryLowering(ctx, func(ctx context.Context) error {
		return k.vault.SetMinVersions(ctx, key, k.info.MinVersions())
	})
	k.unsure = false
	if err != nil {
		k.row.State = VersionsUnknown
		err = &NotLoweredError{Key: key, Version: k.row.FromVersion, Err: err}
		k.refuse(err.Error(), err)
		return
	}
	k.raised = false
}

// retryLowering retries something that must be done, until it is done or refused, or lowerTimeout has passed. It
// continues after the end of the command's context.
func retryLowering(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(transit.WithFullRetryTimeout(context.WithoutCancel(ctx)), lowerTimeout)
	defer cancel()
	backoff := wait.Backoff{Duration: 250 * time.Millisecond, Factor: 1.5, Jitter: 0.5, Steps: 1000,
		Cap: 2 * time.Second}
	var last error
	err := backoff.DelayFunc().Until(ctx, true, false, func(ctx context.Context) (bool, error) {
		err := do(ctx)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, transit.ErrDenied), errors.Is(err, transit.ErrKeyNotFound),
			errors.Is(err, transit.ErrClosed):
			return false, err
		case last == nil || ctx.Err() == nil: // that it was given up says less
			last = err
		}
		return false, nil
	})
	if wait.Interrupted(err) && last != nil {
		return last
	}
	return err
}

// NotLoweredError says that a key's oldest version may have been raised and could not be set back.
type NotLoweredError struct {
	Key     transit.Key
	Version int   // for min_decryption_version
	Err     error // why it could not be set back
}

func (e *NotLoweredError) Error() string {
	return fmt.Sprintf("min_decryption_version of transit key %s may have been raised and could not be set back to "+
		"%d: %v",
		e.Key, e.Version, e.Err)
}

// Unwrap returns why it could not be set back.
func (e *NotLoweredError) Unwrap() error { return e.Err }
