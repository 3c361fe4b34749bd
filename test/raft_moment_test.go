package test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// moment is one that Vault's audit logs show: the Nth request of a kind, as it has come in or as it is about to be
// answered.
type moment struct {
	kind  string // login, rewrap, rotate, config
	nth   int
	stage string // request or response
}

// is reports whether a line of an audit log is such a request, for a transit key of which base is the beginning.
func (m moment) is(e vaultEvent, base string) bool {
	if e.Type != m.stage {
		return false
	}
	path := e.Request.Path
	key, isKey := strings.CutPrefix(path, "transit/keys/"+base)
	switch m.kind {
	case "login":
		return path == "auth/jwt/login"
	case "rewrap":
		return strings.HasPrefix(path, "transit/rewrap/"+base)
	default:
		return isKey && strings.HasSuffix(key, "/"+m.kind)
	}
}

// watch does something at the moment, with the node that has logged it. Ended, once the command is over, waits and
// reports whether the moment came.
func (c *raftCluster) watch(t *testing.T, m moment, base string, do func(raftNode)) (ended func() bool) {
	t.Helper()
	stop := make(chan struct{})
	var came bool
	var watching sync.WaitGroup
	offsets := make([]int64, len(c.Nodes))
	for i, n := range c.nodes() {
		offsets[i] = auditSize(n.AuditLog)
	}
	watching.Go(func() {
		for seen := 0; ; time.Sleep(time.Millisecond) {
			for i, n := range c.nodes() {
				var lines [][]byte
				lines, offsets[i] = moreLines(n.AuditLog, offsets[i])
				for _, line := range lines {
					var e vaultEvent
					if json.Unmarshal(line, &e) != nil || !m.is(e, base) {
						continue
					}
					if seen++; seen == m.nth {
						came = true
						do(n)
						return
					}
				}
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	return func() bool {
		close(stop)
		watching.Wait()
		return came
	}
}

func auditSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0 // the node has not been active yet
	}
	return info.Size()
}

// moreLines gives the whole lines of a log from an offset on, where a line begins, and the offset of what follows.
func moreLines(path string, offset int64) ([][]byte, int64) {
	if auditSize(path) <= offset {
		return nil, offset
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, offset
	}
	defer func() { _ = file.Close() }()
	text := make([]byte, auditSize(path)-offset)
	n, _ := file.ReadAt(text, offset)
	whole := bytes.LastIndexByte(text[:n], '\n') + 1
	if whole == 0 {
		return nil, offset
	}
	return bytes.Split(text[:whole-1], []byte("\n")), offset + int64(whole)
}
