package retirement

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/vectors"
)

// ReadBackup reads a transit key from what Vault's transit/backup/NAME returns, with the versions that Vault does not
// open any more.
func ReadBackup(backup string) (vectors.Key, error) {
	key, err := vectors.ReadBackup(backup)
	if err != nil {
		return key, err
	}
	text, err := base64.StdEncoding.DecodeString(backup)
	if err != nil {
		return key, err
	}
	var read struct {
		Archived struct {
			Keys []struct{ Key []byte } // by version; there is no version 0
		} `json:"archived_keys"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return key, err
	}
	for version, each := range read.Archived.Keys {
		if version > 0 {
			key.Material[version] = each.Key
		}
	}
	if len(key.Material) == 0 {
		return key, fmt.Errorf("the backup has no key")
	}
	return key, nil
}

// Opens is a Reader's Open with a key. A value is authentic if it opens with the context of any scope: the annotation
// of the Secret does not decide.
func Opens(key vectors.Key) func(*corev1.Secret, string) (int, bool) {
	scopes := []string{""}
	if key.Derived {
		scopes = []string{"strict", "namespace-wide", "cluster-wide"}
	}
	return func(secret *corev1.Secret, entry string) (int, bool) {
		text := string(secret.Data[entry])
		version, _, err := vectors.ReadCiphertext(text)
		if err != nil {
			return 0, false
		}
		for _, scope := range scopes {
			context := vectors.Context(scope, secret.Namespace, secret.Name, entry)
			if _, err := key.Open(text, context); err == nil {
				return version, true
			}
		}
		return 0, false
	}
}
