package engine

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestFewAreReadAgainAtOnce: a Secret that has grown since it was listed has no room in flight for that. Someone who
// lets all of theirs grow while they are being rotated must not make the rotation run out of memory.
func TestFewAreReadAgainAtOnce(t *testing.T) { synctest.Test(t, fewAreReadAgain) }

func fewAreReadAgain(t *testing.T) {
	const secrets = 64
	cluster := newFakeCluster()
	for i := range secrets {
		cluster.put(sealedSecret("a", fmt.Sprintf("s%02d", i), derived, 1, map[string]string{"x": "x"}))
	}
	var lock sync.Mutex
	patches, rereading, most := map[string]int{}, 0, 0
	cluster.before = func(verb, object string) error {
		lock.Lock()
		defer lock.Unlock()
		switch verb {
		case "get":
			rereading++
			most = max(most, rereading)
			lock.Unlock()
			time.Sleep(time.Second) // of the bubble: it passes when all that may come here have come
			lock.Lock()
		case "patch":
			if patches[object]++; patches[object] == 1 {
				cluster.put(cluster.get(object)) // another client is first
			} else {
				rereading--
			}
		}
		return nil
	}
	client := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	client.concurrency = secrets
	if report := rotate(t, client, RotateRequest{}); report.Summary != (Counts{Rewrapped: secrets}) {
		t.Errorf("summary %+v", report.Summary)
	}
	if most > maxRereads {
		t.Errorf("%d Secrets were read again at once, want at most %d", most, maxRereads)
	}
}
