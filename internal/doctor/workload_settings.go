package doctor

import (
	"cmp"
	"context"
	"encoding/pem"
	"fmt"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// workloadSettings compares what the pods have in their manifest with the configuration, with which the login is tried:
// anyone who can edit the workload could choose another Vault, or add a container that does. What differs may be meant,
// except where it must fail.
func (e *examination) workloadSettings(context.Context) finding {
	pinned, audience := e.workload.pinned, e.settings.Auth.Audience.Value
	var found finding
	if pinned.Audience != audience {
		found.add(&PinnedError{What: "audience", Flag: config.Audience.Flag, Pinned: pinned.Audience,
			Checked: audience})
	}
	for _, c := range pinned.Containers {
		if len(c.Command) > 0 {
			found.add(injection(e.workload.Label, "its container %s runs another command than its image",
				name{aPlace, c.Name}))
		}
	}
	for _, secret := range e.workload.secrets {
		found.add(e.pinnedSecret(secret))
	}
	if found.status == Failed {
		return found
	}
	found = ok("the pods have the settings of the configuration")
	var differ []PinnedError
	for _, c := range pinned.Containers {
		for _, one := range e.pinnedSettings(c) {
			if !slices.Contains(differ, one) {
				differ = append(differ, one)
			}
		}
	}
	for n := range differ {
		if found.status == OK {
			found = ok("they are not those of the configuration, with which the next checks are made")
		}
		found.worry(&differ[n])
	}
	return found
}

// pinnedSettings returns what a container has otherwise than the configuration.
func (e *examination) pinnedSettings(c workload.PinnedContainer) (differ []PinnedError) {
	auth, vault := e.settings.Auth, e.settings.Vault
	for _, one := range []PinnedError{
		{"address", "", config.VaultAddr.Flag, "", vault.Address.Value},
		{"Vault namespace", "", config.VaultNamespace.Flag, "", vault.Namespace.Value},
		{"TLS server name", "", config.VaultServerName.Flag, "", vault.TLSServerName.Value},
		{"auth method", "", config.AuthMethod.Flag, string(transit.MethodKubernetes), string(auth.Method.Value)},
		{"auth mount", "", config.AuthMount.Flag, cmp.Or(c.Settings[config.AuthMethod.Flag],
			string(transit.MethodKubernetes)), auth.Mount.Value},
		{"role", "", config.Role.Flag, "", auth.Role.Value},
	} {
		one.Pinned = cmp.Or(c.Settings[one.Flag], one.Pinned)
		if one.Pinned != one.Checked {
			differ = append(differ, one)
		}
	}
	if ca := vault.CA.Value.PEM; len(ca) > 0 && certificates(string(ca)) != certificates(c.CA) {
		differ = append(differ, PinnedError{What: "CA certificate"})
	}
	return differ
}

// certificates returns the certificates of a PEM without the text between them.
func certificates(text string) string {
	var all []byte
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		all = append(all, block.Bytes...)
	}
	return string(all)
}

// pinnedSecret compares how the pods open a Secret with how it is sealed; nil: they can.
func (e *examination) pinnedSecret(secret sealed.Secret) error {
	if !e.workload.pinned.Opens(secret.Name) {
		return injection(e.workload.Label, "its containers get the ciphertext of secret %s", name{aSecret, secret.Name})
	}
	key, scope := secret.Key, secret.Scope
	for _, c := range e.workload.pinned.Containers {
		switch pinned := c.Sealed[secret.Name]; {
		case !key.IsZero() && pinned.Key != "" && pinned.Key != key.String():
			return &PinnedError{What: "transit key", Secret: secret.Name, Pinned: pinned.Key, Checked: key.String()}
		case !key.IsZero() && pinned.Scope != "" && pinned.Scope != scope.String():
			return &PinnedError{What: "scope", Secret: secret.Name, Pinned: pinned.Scope, Checked: scope.String()}
		}
	}
	return nil
}

// secretOpens proves that the login opens a Secret: it may decrypt, and Vault authenticates each entry when it rewraps
// it. No plaintext leaves Vault.
func (e *examination) secretOpens(ctx context.Context, secret sealed.Secret) finding {
	where := fmt.Sprintf("secret %s/%s", secret.Namespace, secret.Name)
	secret, err := e.asOpened(secret)
	if err != nil {
		return failed(fmt.Errorf("%s: %w", where, err))
	}
	key := secret.Key
	path := keyPath(key, "decrypt")
	capabilities, err := e.session.Capabilities(ctx, path)
	if may := capabilities[path]; err == nil && !slices.Contains(may, "update") && !slices.Contains(may, "root") {
		return failed(fmt.Errorf("%s: %w", where, &PolicyError{Path: path, Capability: "update",
			Policies: e.token.Policies}))
	}
	entries := slices.DeleteFunc(slices.Clone(secret.Entries), func(entry sealed.Entry) bool { return !entry.Sealed() })
	results, err := e.session.Rewrap(ctx, key, 0, secret.Items(entries))
	if err != nil {
		return failed(fmt.Errorf("%s: %w", where, err))
	}
	var found finding
	for n, result := range results {
		if result.Err != nil {
			found.add(fmt.Errorf("%s entry %q: %w", where, entries[n].Name, result.Err))
		}
	}
	if len(found.problems) > 0 {
		return found
	}
	noun := word("entries")
	if len(entries) == 1 {
		noun = "entry"
	}
	return ok("secret/%s, %d %s, transit key %s, scope %s", name{aSecret, secret.Name}, len(entries), noun, key,
		secret.Scope)
}

// asOpened returns a Secret with the key and scope that the pods open it with: what is pinned, else what its
// annotations say, else the configured key.
func (e *examination) asOpened(secret sealed.Secret) (_ sealed.Secret, err error) {
	var pinned workload.PinnedSecret
	for _, c := range e.workload.pinned.Containers { // containers that differ are reported before
		if one, opens := c.Sealed[secret.Name]; opens {
			pinned = one
		}
	}
	if pinned.Scope == sealed.Unbound.String() {
		secret.Scope = sealed.Unbound
	} else if pinned.Scope != "" {
		if secret.Scope, err = sealed.ParseScope(pinned.Scope); err != nil {
			return secret, err
		}
	}
	switch template := e.settings.TransitKey.Value; {
	case pinned.Key != "":
		secret.Key, err = transit.ParseKey(pinned.Key)
	case !secret.Key.IsZero():
	case !template.IsZero():
		secret.Key, err = template.For(e.namespace())
	default:
		err = &NoKeyError{Secret: secret.Name}
	}
	return secret, err
}
