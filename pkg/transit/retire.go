package transit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// MinVersions are the oldest versions of a key that Vault uses.
type MinVersions struct {
	Decryption int // opens and rewraps nothing older
	Encryption int // encrypts and rewraps to nothing older; 0: to the latest only, unless asked
}

// MinVersions are those of the key.
func (i KeyInfo) MinVersions() MinVersions {
	return MinVersions{Decryption: i.MinDecryptionVersion, Encryption: i.MinEncryptionVersion}
}

// SetMinVersions sets both. It destroys nothing: lowering the versions enables the older ones again.
func (s *Session) SetMinVersions(ctx context.Context, key Key, to MinVersions) error {
	if err := key.check(); err != nil {
		return fmt.Errorf("configure key: %w", err)
	}
	op := fmt.Sprintf("set min_decryption_version of transit key %s to %d", key, to.Decryption)
	body, err := json.Marshal(map[string]int{
		"min_decryption_version": to.Decryption, "min_encryption_version": to.Encryption,
	})
	if err != nil {
		return fmt.Errorf("%s: cannot build the request", op)
	}
	_, err = s.call(ctx, &request{
		op: op, method: http.MethodPost, path: key.Mount + "/keys/" + key.Name + "/config", body: body, key: key,
	})
	return err
}
