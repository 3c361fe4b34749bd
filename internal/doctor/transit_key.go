package doctor

import (
	"context"
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
	// The type is one that can seal, so it is not a text of the server's choice.
	found := ok("%s, %s", e.key, word(info.Type))
	if info.Derived {
		found.say(", derived")
	}
	found.say(", latest version %d, opens from version %d on", info.LatestVersion, info.MinDecryptionVersion)
	created, known := info.LatestCreated()
	if known {
		found.say(", made %s", word(day(created)))
	}
	if !info.Derived {
		found.worry(&UnderivedKeyError{Key: e.key})
	}
	if age := e.Now().Sub(created); known && age > overdue {
		found.worry(&OldVersionError{Key: e.key, Age: age})
	}
	return found
}
