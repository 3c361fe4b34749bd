package setup

import (
	"context"
	"maps"
)

// mountsOnce reads each of Vault's lists of mounts once, until something is written. Most steps of a plan need them.
type mountsOnce struct {
	Vault

	lists map[string]map[string]any
}

// readMountsOnce makes the plan read the lists once.
func (s *Setup) readMountsOnce() {
	vault := s.Vault
	if before, is := vault.(*mountsOnce); is {
		vault = before.Vault
	}
	s.Vault = &mountsOnce{Vault: vault, lists: map[string]map[string]any{}}
}

func (v *mountsOnce) Read(ctx context.Context, path string) (map[string]any, error) {
	if path != "sys/auth" && path != "sys/mounts" {
		return v.Vault.Read(ctx, path)
	}
	if list, read := v.lists[path]; read {
		return maps.Clone(list), nil
	}
	list, err := v.Vault.Read(ctx, path)
	if err == nil {
		v.lists[path] = list
	}
	return maps.Clone(list), err
}

func (v *mountsOnce) Write(ctx context.Context, path string, data map[string]any) (map[string]any, error) {
	clear(v.lists)
	answer, err := v.Vault.Write(ctx, path, data)
	clear(v.lists)
	return answer, err
}

func (v *mountsOnce) Delete(ctx context.Context, path string) error {
	clear(v.lists)
	return v.Vault.Delete(ctx, path)
}
