package setup

import (
	"context"
	"errors"
	"fmt"
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
		method := s.mount("auth method", "sys/auth", i.AuthMount, string(i.Method))
		if i.Cluster.UID != "" {
			method.data = constant(map[string]any{"type": string(i.Method), "description": i.Cluster.marked("")})
		}
		settings = append(settings, method)
		settings = append(settings, s.mark()...)
		settings = append(settings, s.authConfig())
		settings = append(settings, s.policies()...)
	case i.Keys.PerNamespace():
		return settings, nil // the roles are for every namespace already
	}
	for _, r := range i.roles() {
		switch {
		case r.name == rotatorName && i.Extends: // it is not bound to these namespaces
		case r.name == rotatorName || i.Keys.PerNamespace():
			settings = append(settings, s.role(r))
		default:
			settings = append(settings, s.sharedRole(r))
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
