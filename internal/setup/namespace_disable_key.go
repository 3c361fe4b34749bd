package setup

import (
	"context"
	"fmt"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Keys are the operations that setup needs to disable a key; *transit.Session implements it.
type Keys interface {
	Key(ctx context.Context, key transit.Key) (transit.KeyInfo, error)
	Rotate(ctx context.Context, before transit.KeyInfo) (transit.KeyInfo, error)
	SetMinVersions(ctx context.Context, key transit.Key, to transit.MinVersions) error
}

// disabling creates a new version of a key, which has sealed nothing, and lets only that one open, because Vault does
// not allow a minimum above the latest version. All versions are kept, so it can be reversed.
type disabling struct {
	vault Vault
	keys  Keys
	key   transit.Key
	read  func(context.Context) (map[string]any, error)
}

func (s *Setup) disabling() (disabling, error) {
	key, err := s.Installation.Keys.For(s.leaving())
	return disabling{s.Vault, s.Keys, key, s.unlessUnmounted(key.Mount, key.Mount+"/keys/"+key.Name)}, err
}

func (d disabling) name() string { return "vault key " + d.key.String() }

func (d disabling) inspect(ctx context.Context) (Change, error) {
	is, err := d.read(ctx)
	if err != nil {
		return Change{}, err
	}
	if is == nil {
		return Change{Action: absent, Note: fmt.Sprintf("transit key %s does not exist", d.key)}, nil
	}
	info, err := d.keys.Key(ctx, d.key)
	if err != nil {
		return Change{}, err
	}
	next := info.LatestVersion + 1
	return Change{Action: Disable, Diff: diffYAML(
		versions(info.LatestVersion, info.MinVersions()),
		versions(next, transit.MinVersions{Decryption: next, Encryption: next}),
	)}, d.mayWrite(ctx)
}

func versions(latest int, least transit.MinVersions) map[string]any {
	return map[string]any{"latest_version": latest, "min_decryption_version": least.Decryption,
		"min_encryption_version": least.Encryption}
}

// mayWrite checks both rights before it uses either. If the token cannot read its capabilities, the writes show it.
func (d disabling) mayWrite(ctx context.Context) error {
	at := d.key.Mount + "/keys/" + d.key.Name
	paths := []string{at + "/rotate", at + "/config"}
	capabilities, err := d.vault.Capabilities(ctx, paths...)
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	for _, path := range paths {
		if may := capabilities[path]; !slices.Contains(may, "update") && !slices.Contains(may, "root") {
			return fmt.Errorf("vault path %s: %w: the token may not write it", path, transit.ErrDenied)
		}
	}
	return nil
}

func (d disabling) apply(ctx context.Context) error {
	before, err := d.keys.Key(ctx, d.key)
	if err != nil {
		return err
	}
	after, err := d.keys.Rotate(ctx, before)
	if err != nil {
		return &DisableError{Key: d.key, Err: err}
	}
	to := transit.MinVersions{Decryption: after.LatestVersion, Encryption: after.LatestVersion}
	if err := d.keys.SetMinVersions(ctx, d.key, to); err != nil {
		if is, readErr := d.keys.Key(ctx, d.key); readErr == nil && is.MinVersions() == to {
			return nil // only the answer was lost
		}
		return &DisableError{Key: d.key, New: after.LatestVersion, Err: err}
	}
	return nil
}

// DisableError reports that a key still opens what was sealed with it.
type DisableError struct {
	Key transit.Key
	New int // the version that was created; 0: none, or unknown
	Err error
}

func (e *DisableError) Error() string {
	if e.New == 0 {
		return fmt.Sprintf("transit key %s is not disabled: %v", e.Key, e.Err)
	}
	return fmt.Sprintf("transit key %s is not disabled: it has a new version v%d, and older ones still open: %v", e.Key,
		e.New, e.Err)
}

// Unwrap returns the cause.
func (e *DisableError) Unwrap() error { return e.Err }

// setVersions returns the command that sets both minimum versions.
func setVersions(key transit.Key, to transit.MinVersions) string {
	return fmt.Sprintf("vault write %s/keys/%s/config min_decryption_version=%d min_encryption_version=%d", key.Mount,
		key.Name, to.Decryption, to.Encryption)
}
