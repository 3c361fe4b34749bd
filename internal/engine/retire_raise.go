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

// raiseAndCheck raises the versions of all open keys, lists everything again and lowers those that turn out
// to be needed, or may be. Whatever ends it before the check is done, nothing stays raised unchecked that can be
// lowered; what cannot is in the keys' rows.
func (t *retirement) raiseAndCheck(ctx context.Context) error {
	open := t.open()
	for _, k := range open { // all that was listed has been tested
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
	if failed == nil { // also where Vault does not answer: the listing may not need it
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

// raise raises the versions of keys, one after the other, until Vault does not answer any more or the context ends.
// What is wrong with one key is in its row.
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
	return transit.MinVersions{Decryption: k.row.ToVersion, Encryption: max(k.row.ToVersion, k.info.MinEncryptionVersion)}
}

// findOut reads what the key's versions are after an error that does not say whether they were raised. Its error
// ends the raising of others.
func (k *retiring) findOut(ctx context.Context, key transit.Key, failed error) error {
	var now transit.KeyInfo
	err := retryLowering(ctx, func(ctx context.Context) (err error) {
		now, err = k.vault.Key(ctx, key)
		return err
	})
	switch {
	case err != nil:
		k.raised = true // or perhaps
		k.refuse(failed.Error(), failed)
		return failed
	case now.MinDecryptionVersion == k.row.ToVersion:
		k.raised = true
		return ctx.Err()
	}
	k.row.FromVersion = now.MinDecryptionVersion // also if another client has set it since
	k.refuse(failed.Error(), failed)
	return ctx.Err()
}

// lower sets the versions of keys back to what they were, side by side.
func (t *retirement) lower(ctx context.Context, keys map[transit.Key]*retiring) {
	var all sync.WaitGroup
	for key, k := range keys {
		all.Go(func() { k.lower(ctx, key) })
	}
	all.Wait()
}

// lower sets a key's versions back, or says in its row that it could not.
func (k *retiring) lower(ctx context.Context, key transit.Key) {
	err := retryLowering(ctx, func(ctx context.Context) error { return k.vault.SetMinVersions(ctx, key, k.info.MinVersions()) })
	k.unsure = false
	if err != nil {
		k.row.State = VersionsUnknown
		err = &NotLoweredError{Key: key, Version: k.row.FromVersion, Err: err}
		k.refuse(err.Error(), err)
		return
	}
	k.raised = false
}

// retryLowering tries something that must not be left undone until it is done, or refused, or lowerTimeout has passed.
// It outlives the end of the command's context.
func retryLowering(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(transit.WithFullRetryTimeout(context.WithoutCancel(ctx)), lowerTimeout)
	defer cancel()
	backoff := wait.Backoff{Duration: 250 * time.Millisecond, Factor: 1.5, Jitter: 0.5, Steps: 1000, Cap: 2 * time.Second}
	var last error
	err := backoff.DelayFunc().Until(ctx, true, false, func(ctx context.Context) (bool, error) {
		err := do(ctx)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, transit.ErrDenied), errors.Is(err, transit.ErrKeyNotFound), errors.Is(err, transit.ErrClosed):
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

// NotLoweredError says that a key's oldest version was raised, or may have been, and could not be set back.
type NotLoweredError struct {
	Key     transit.Key
	Version int   // that min_decryption_version should have
	Err     error // why it could not be set back
}

func (e *NotLoweredError) Error() string {
	return fmt.Sprintf("min_decryption_version of transit key %s may have been raised and could not be set back to %d: %v", e.Key, e.Version, e.Err)
}

// Unwrap returns why it could not be set back.
func (e *NotLoweredError) Unwrap() error { return e.Err }
