package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/vault/vault"
)

// keys is what Vault hands out once, when it is initialised.
type keys struct {
	RootToken string `json:"root_token"`
	UnsealKey string `json:"unseal_key"` // hex, as sys/unseal takes it
}

// unseal brings the core to the unsealed state and returns its keys. A core over a
// storage directory is initialised once; its keys lie beside the directory.
func unseal(ctx context.Context, core *vault.Core, storage string) (keys, error) {
	k, err := loadOrInitialise(ctx, core, storage)
	if err != nil {
		return keys{}, err
	}
	key, err := hex.DecodeString(k.UnsealKey)
	if err != nil {
		return keys{}, fmt.Errorf("unseal key: %w", err)
	}
	switch unsealed, err := core.Unseal(key); {
	case err != nil:
		return keys{}, fmt.Errorf("unseal vault: %w", err)
	case !unsealed:
		return keys{}, errors.New("unseal vault: it asks for more than one unseal key")
	}
	return k, nil
}

func loadOrInitialise(ctx context.Context, core *vault.Core, storage string) (keys, error) {
	initialised, err := core.Initialized(ctx)
	if err != nil {
		return keys{}, fmt.Errorf("ask whether vault is initialised: %w", err)
	}
	keysFile := storage + ".keys.json"
	if initialised {
		return readKeys(keysFile)
	}

	result, err := core.Initialize(ctx, &vault.InitParams{
		BarrierConfig:  &vault.SealConfig{SecretShares: 1, SecretThreshold: 1},
		RecoveryConfig: &vault.SealConfig{},
	})
	if err != nil {
		return keys{}, fmt.Errorf("initialise vault: %w", err)
	}
	k := keys{RootToken: result.RootToken, UnsealKey: hex.EncodeToString(result.SecretShares[0])}
	if storage == "" {
		return k, nil
	}
	return k, writePrivate(keysFile, k)
}

func readKeys(path string) (keys, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return keys{}, fmt.Errorf("the storage is initialised, but its keys cannot be read: %w", err)
	}
	var k keys
	if err := json.Unmarshal(data, &k); err != nil {
		return keys{}, fmt.Errorf("read keys from %s: %w", path, err)
	}
	return k, nil
}

// writePrivate writes v as JSON for the owner only. A reader never sees half a file.
func writePrivate(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(append(data, '\n'))
	if err := errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(temp.Name(), path)
}
