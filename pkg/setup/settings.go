package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// settings are Vault's side, in the order in which they are made.
func (s *Setup) settings() ([]setting, error) {
	i := s.Installation
	engine, _ := i.keyName()
	keys, err := i.keys()
	if err != nil {
		return nil, err
	}
	var settings []setting
	if !i.Extends {
		settings = append(settings, s.mount("engine", "sys/mounts", engine, "transit"))
	}
	for _, key := range keys {
		at := key.Mount + "/keys/" + key.Name
		settings = append(settings, setting{
			vault: s.Vault, kind: "key", at: at, what: key.String(), read: s.unlessUnmounted(engine, at), fixed: true, refuse: unsuitable,
			data: constant(map[string]any{"type": keyType, "derived": true}),
		})
	}
	switch {
	case !i.Extends:
		settings = append(settings, s.mount("auth method", "sys/auth", i.AuthMount, string(i.Method)), s.authConfig())
		settings = append(settings, s.policies()...)
	case i.Keys.PerNamespace():
		return settings, nil // the roles are for every namespace already
	}
	for _, r := range i.roles() {
		if i.Extends {
			settings = append(settings, s.extendedRole(r)...)
		} else {
			settings = append(settings, s.role(r))
		}
	}
	return settings, nil
}

func (s *Setup) policies() []setting {
	i := s.Installation
	var settings []setting
	for n, p := range i.policies("") {
		at := "sys/policies/acl/" + p.name
		settings = append(settings, setting{
			vault: s.Vault, kind: "policy", at: at, what: p.name, read: path(s.Vault, at),
			data: func(ctx context.Context) (map[string]any, error) {
				accessor, err := s.accessor(ctx)
				if err != nil {
					return nil, err
				}
				return map[string]any{"policy": i.policies(accessor)[n].text()}, nil
			},
		})
	}
	return settings
}

func (s *Setup) mount(kind, list, at, engine string) setting {
	return setting{
		vault: s.Vault, kind: kind, at: list + "/" + at, what: at, read: mount(s.Vault, list, at), fixed: true, refuse: otherType,
		data: constant(map[string]any{"type": engine}),
	}
}

func (s *Setup) role(r role) setting {
	at := "auth/" + s.Installation.AuthMount + "/role/" + r.name
	return setting{
		vault: s.Vault, kind: "role", at: at, what: s.Installation.AuthMount + "/" + r.name, read: s.unlessNoAuth(at),
		data:   constant(r.parameters(s.Installation)),
		refuse: func(is, _ map[string]any) error { return s.otherBounds(r, is) },
	}
}

// extendedRole adds namespaces to those that a role is bound to; none for the rotator's, which is not bound to them.
func (s *Setup) extendedRole(r role) []setting {
	if r.name == rotatorName {
		return nil
	}
	extended := s.role(r)
	extended.data = func(ctx context.Context) (map[string]any, error) {
		is, err := extended.read(ctx)
		if err != nil {
			return nil, err
		}
		if is == nil {
			return nil, fmt.Errorf("%s does not exist: run setup --shared-key first", extended.name())
		}
		r := r
		r.namespaces = union(boundNamespaces(is), r.namespaces)
		return r.parameters(s.Installation), nil
	}
	extended.refuse = func(is, _ map[string]any) error {
		before := r
		before.namespaces = boundNamespaces(is)
		return s.otherBounds(before, is)
	}
	return []setting{extended}
}

// otherBounds refuses a role that lets somebody else log in: that is not to be taken over unasked.
func (s *Setup) otherBounds(r role, is map[string]any) error {
	bounds := r.bounds(s.Installation)
	have, want := part(is, bounds), canonical(bounds)
	if s.ReplaceRoles || diffYAML(have, want) == "" {
		return nil
	}
	return &BoundsError{Role: r.name, Diff: diffYAML(have, want)}
}

// BoundsError says that a role exists whose bounds are not those that setup would give it.
type BoundsError struct {
	Role string
	Diff string // from what is to what would be
}

func (e *BoundsError) Error() string {
	var changes []string
	for line := range strings.Lines(e.Diff) {
		if (line[0] == '-' || line[0] == '+') && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "+++") {
			changes = append(changes, strings.TrimSpace(line))
		}
	}
	return "it exists with other bounds (- is, + would be): " + strings.Join(changes, ", ")
}

// Hint says what to do about it.
func (e *BoundsError) Hint() string {
	return "see what uses it; --replace-roles gives it the new bounds, --vault-auth-mount chooses another mount"
}

// authConfig tells Vault how to check the cluster's tokens.
func (s *Setup) authConfig() setting {
	i := s.Installation
	at := "auth/" + i.AuthMount + "/config"
	config := setting{
		vault: s.Vault, kind: "auth configuration", at: at, what: i.AuthMount,
		read: s.unlessNoAuth(at), data: constant(i.authParameters()),
	}
	config.refuse = func(is, _ map[string]any) error { return s.otherCluster(is) }
	if i.Method == "kubernetes" {
		config.shows = map[string]any{reviewerParameter + "_set": i.makesReviewer()} // any write sets it anew
	}
	if i.makesReviewer() {
		config.credential = &credential{parameter: reviewerParameter, accounts: s.Core.ServiceAccounts(i.System), now: s.Now}
	}
	return config
}

// otherCluster refuses a login method that serves another cluster, or another issuer: configured anew, nobody
// could log in from there any more.
func (s *Setup) otherCluster(is map[string]any) error {
	if s.ReplaceRoles {
		return nil
	}
	theirs := stringsOf(is["kubernetes_host"])
	ours := []string{s.Installation.Cluster.Host}
	if s.Installation.Method == "jwt" {
		theirs, ours = trimmed(stringsOf(is["jwt_validation_pubkeys"])), trimmed(s.Installation.Cluster.SigningKeys)
		for _, source := range []string{"oidc_discovery_url", "jwks_url"} {
			if url, _ := is[source].(string); url != "" {
				theirs, ours = []string{url}, nil
			}
		}
	}
	common := slices.ContainsFunc(theirs, func(one string) bool { return slices.Contains(ours, one) })
	if len(theirs) == 0 || theirs[0] == "" || common {
		return nil
	}
	return &OtherClusterError{}
}

// OtherClusterError says that a login method is configured for tokens of another cluster.
type OtherClusterError struct{}

func (e *OtherClusterError) Error() string {
	return "it is configured for another cluster, or for another address of this one, and is left as it is"
}

// Hint says what to do about it.
func (e *OtherClusterError) Hint() string {
	return "give this cluster a login method of its own with --vault-auth-mount, name the address that Vault knows with --kubernetes-host, or add --replace-roles to configure it for this cluster"
}

// reviewerParameter is the one parameter of the auth configuration that is a credential.
const reviewerParameter = "token_reviewer_jwt"

// authParameters are those of the auth configuration, without the reviewer's token.
func (i Installation) authParameters() map[string]any {
	if i.Method == "jwt" {
		return map[string]any{"jwt_validation_pubkeys": trimmed(i.Cluster.SigningKeys)}
	}
	return map[string]any{
		"kubernetes_host": i.Cluster.Host, "kubernetes_ca_cert": i.Cluster.CA,
		"disable_local_ca_jwt": i.makesReviewer(), // else Vault takes the token of the pod that it runs in
	}
}

func trimmed(texts []string) []string {
	texts = slices.Clone(texts)
	for n := range texts {
		texts[n] = strings.TrimSpace(texts[n])
	}
	return texts
}

// unlessUnmounted reads a path of a transit engine that may have to be mounted first.
func (s *Setup) unlessUnmounted(engine, at string) func(context.Context) (map[string]any, error) {
	return below(mount(s.Vault, "sys/mounts", engine), path(s.Vault, at))
}

// unlessNoAuth reads a path of the auth method, which may have to be enabled first.
func (s *Setup) unlessNoAuth(at string) func(context.Context) (map[string]any, error) {
	return below(mount(s.Vault, "sys/auth", s.Installation.AuthMount), path(s.Vault, at))
}

// below reads what is at a path when its mount is there.
func below(mount, at func(context.Context) (map[string]any, error)) func(context.Context) (map[string]any, error) {
	return func(ctx context.Context) (map[string]any, error) {
		found, err := mount(ctx)
		if found == nil || err != nil {
			return nil, err
		}
		return at(ctx)
	}
}

// accessor of the auth mount; a placeholder while it is not there.
func (s *Setup) accessor(ctx context.Context) (string, error) {
	found, err := mount(s.Vault, "sys/auth", s.Installation.AuthMount)(ctx)
	if err != nil {
		return "", err
	}
	if found == nil {
		return "ACCESSOR", nil
	}
	accessor, _ := found["accessor"].(string)
	if accessor == "" {
		return "", fmt.Errorf("vault auth method %s: %w", s.Installation.AuthMount, errors.New("vault does not say its accessor"))
	}
	return accessor, nil
}
