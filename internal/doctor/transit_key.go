package doctor

import (
	"context"
	"fmt"
	"time"
)

// overdue is the age from which on a key version should be replaced.
const overdue = 365 * 24 * time.Hour

func (e *examination) transitKey(ctx context.Context) finding {
	info, err := e.session.Key(ctx, e.key)
	if err != nil {
		return e.failed(err)
	}
	if err := info.CheckSealing(); err != nil {
		return e.failed(err)
	}
	e.info = info
	e.know(aKey)
	found := ok("%s, %s, latest version %d, opens from version %d on", e.key, info.Type, info.LatestVersion, info.MinDecryptionVersion)
	if info.Derived {
		found.summary = fmt.Sprintf("%s, %s, derived, latest version %d, opens from version %d on", e.key, info.Type, info.LatestVersion, info.MinDecryptionVersion)
	}
	created, known := info.LatestCreated()
	if known {
		found.summary += ", made " + day(created)
	}
	if !info.Derived {
		found.worry(fmt.Sprintf("make a key that is and seal with it from now on: vault write %s/keys/NAME type=aes256-gcm96 derived=true", e.key.Mount),
			"it is not derived, so a ciphertext opens wherever it is copied to")
	}
	if age := e.Now().Sub(created); known && age > overdue {
		found.worry("kubectl vaultseal rotate -A --transit-key "+e.key.String(), "its latest version is %s old", days(age))
	}
	return found
}
