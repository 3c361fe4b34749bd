package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/keyusers"
)

// settings returns Vault's side, in the order of creation.
func (s *Setup) settings() ([]setting, error) {
	i := s.Installation
	settings := s.login()
	if !i.Extends || !i.Keys.PerNamespace() { // otherwise the roles already allow every namespace
		settings = append(settings, s.roles()...)
	}
	if !i.Extends {
		settings = append(settings, s.policies()...)
	}
	keys, err := s.keys()
	return slices.Concat(settings, keys, s.workloadRoles()), err
}

// login returns the auth mount and its configuration.
func (s *Setup) login() []setting {
	i := s.Installation
	if i.Extends {
		return nil
	}
	method := s.mount("auth method", "sys/auth", i.AuthMount, string(i.Method))
	if i.Cluster.UID != "" {
		method.data = constant(map[string]any{"type": string(i.Method), "description": i.Cluster.marked("")})
	}
	return slices.Concat([]setting{method}, s.mark(), []setting{s.authConfig()})
}

// keys returns the engine and the keys.
func (s *Setup) keys() ([]setting, error) {
	i := s.Installation
	keys, err := i.keys()
	if err != nil {
		return nil, err
	}
	engine, _ := i.keyName()
	var settings []setting
	if !i.Extends {
		mount := s.mount("engine", "sys/mounts", engine, "transit")
		mount.refuse = first(otherType, s.othersEngine)
		mount.data = constant(map[string]any{"type": "transit",
			"description": keyusers.Describe("", []keyusers.User{i.keyUser()})})
		settings = append(append(settings, mount), s.noteKeyUser()...)
	}
	for _, key := range keys {
		at := key.Mount + "/keys/" + key.Name
		settings = append(settings, setting{
			vault: s.Vault, kind: "key", at: at, what: key.String(), read: s.unlessUnmounted(engine, at), fixed: true,
			refuse: first(unsuitable, s.othersKey(key)),
			data:   constant(map[string]any{"type": keyType, "derived": true}),
		})
	}
	return settings, nil
}

func (s *Setup) roles() (settings []setting) {
	i := s.Installation
	for _, r := range i.roles() {
		switch {
		case r.name == rotatorName && i.Extends: // it is not bound to these namespaces
		case r.name == rotatorName || i.Keys.PerNamespace():
			settings = append(settings, s.role(r))
		default:
			settings = append(settings, s.sharedRole(r))
		}
	}
	return settings
}

func (s *Setup) policies() []setting {
	i := s.Installation
	var settings []setting
	for n, p := range i.policies("") {
		at := "sys/policies/acl/" + p.name
		settings = append(settings, setting{
			vault: s.Vault, kind: "policy", at: at, what: p.name, read: path(s.Vault, at), refuse: s.othersPolicy(p),
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
		vault: s.Vault, kind: kind, at: list + "/" + at, what: at, read: mount(s.Vault, list, at), fixed: true,
		refuse: otherType,
		data:   constant(map[string]any{"type": engine}),
	}
}

// unlessUnmounted reads a path of a transit engine that may not be mounted yet.
func (s *Setup) unlessUnmounted(engine, at string) func(context.Context) (map[string]any, error) {
	return below(mount(s.Vault, "sys/mounts", engine), path(s.Vault, at))
}

// unlessNoAuth reads a path of the auth method, which may not be enabled yet.
func (s *Setup) unlessNoAuth(at string) func(context.Context) (map[string]any, error) {
	return below(mount(s.Vault, "sys/auth", s.Installation.AuthMount), path(s.Vault, at))
}

// below reads a path if its mount exists.
func below(mount, at func(context.Context) (map[string]any, error)) func(context.Context) (map[string]any, error) {
	return func(ctx context.Context) (map[string]any, error) {
		found, err := mount(ctx)
		if found == nil || err != nil {
			return nil, err
		}
		return at(ctx)
	}
}

// accessor returns the accessor of the auth mount, or a placeholder if it does not exist yet.
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
		return "", fmt.Errorf("vault auth method %s: %w", s.Installation.AuthMount,
			errors.New("vault does not say its accessor"))
	}
	return accessor, nil
}
