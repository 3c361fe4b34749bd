package doctor

import (
	"context"
	"fmt"
	"time"
)

// overdue is the age at which a key version should be replaced.
const overdue = 365 * 24 * time.Hour

func (e *examination) transitKey(ctx context.Context) finding {
	info, err := e.session.Key(ctx, e.key)
	if err != nil {
		return failed(err)
	}
	if err := info.CheckSealing(); err != nil {
		return failed(err)
	}
	e.info = info
	e.know(aKey)
	found := ok("%s, %s, latest version %d, opens from version %d on", e.key, info.Type, info.LatestVersion,
		info.MinDecryptionVersion)
	if info.Derived {
		found.summary = fmt.Sprintf("%s, %s, derived, latest version %d, opens from version %d on", e.key, info.Type,
			info.LatestVersion, info.MinDecryptionVersion)
	}
	created, known := info.LatestCreated()
	if known {
		found.summary += ", made " + day(created)
	}
	if !info.Derived {
		found.worry(&UnderivedKeyError{Key: e.key})
	}
	if age := e.Now().Sub(created); known && age > overdue {
		found.worry(&OldVersionError{Key: e.key, Age: age})
	}
	return found
}
