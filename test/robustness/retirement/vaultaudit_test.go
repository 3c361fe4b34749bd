package retirement

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// exact is a clock by which a write is done in each second: revision 1 after one second.
type exact struct{}

func (exact) DoneBefore(at time.Time) int64 { return at.Unix() - 1 }
func (exact) NotDoneAt(at time.Time) int64  { return at.Unix() + 1 }

// auditLog is a file of Vault's from lines "SECOND ID request|response OPERATION PATH [LATEST MINIMUM]", where the rest
// may also be "refused", "denied" or "failed".
func auditLog(t *testing.T, text string) string {
	t.Helper()
	var lines strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text)) {
		var second, latest, minimum int
		var id, kind, operation, path, failed string
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		_, _ = fmt.Sscan(strings.Join(words[:5], " "), &second, &id, &kind, &operation, &path)
		switch {
		case len(words) == 7:
			_, _ = fmt.Sscan(words[5]+" "+words[6], &latest, &minimum)
		case len(words) == 6:
			failed = words[5]
		}
		at := time.Unix(int64(second), 0).UTC().Format(time.RFC3339Nano)
		said := map[string]string{"refused": `"data": {"error": "hmac-sha256:12"}`}[failed]
		if latest > 0 {
			said = fmt.Sprintf(`"data": {"latest_version": %d, "min_decryption_version": %d, "type": "hmac"}`, latest, minimum)
		}
		problem := map[string]string{"denied": `, "error": "1 error occurred:\n\t* permission denied\n\n"`,
			"failed": `, "error": "context canceled"`}[failed]
		_, _ = fmt.Fprintf(&lines, `{"time": %q, "type": %q, "request": {"id": %q, "operation": %q, "path":%q}, `+
			`"response": {%s}%s}`+"\n", at, kind, id, operation, path, said, problem)
	}
	file := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(file, []byte(lines.String()+`{"time": "not whole, of "transit/keys/k`), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const (
	madeKey = `
10 a request update transit/keys/k
11 a response update transit/keys/k 1 1
20 b request update transit/keys/k/rotate
21 b response update transit/keys/k/rotate 2 1
`
	raised = `
30 c request update transit/keys/k/config
31 c response update transit/keys/k/config 2 2
`
)

func TestRises(t *testing.T) {
	rise := Rise{Version: 2, Since: 19, Until: 32}
	for name, c := range map[string]struct {
		log  string
		want []Rise
	}{
		"none": {madeKey, nil},
		"one":  {madeKey + raised, []Rise{rise}},
		"lowered": {madeKey + raised + `
40 d request update transit/keys/k/config
41 d response update transit/keys/k/config 2 1`, []Rise{lowered(rise)}},
		"perhaps lowered": {madeKey + raised + `
40 d request update transit/keys/k/config`, []Rise{lowered(rise)}},
		"failed, and perhaps lowered": {madeKey + raised + `
40 d request update transit/keys/k/config
41 d response update transit/keys/k/config failed`, []Rise{lowered(rise)}},
		"refused": {madeKey + raised + `
40 d request update transit/keys/k/config
41 d response update transit/keys/k/config refused
42 e request update transit/keys/k/config
43 e response update transit/keys/k/config denied`, []Rise{rise}},
		"two": {madeKey + raised + `
50 d request update transit/keys/k/rotate
51 d response update transit/keys/k/rotate 3 2
60 e request update transit/keys/k/config
62 e response update transit/keys/k/config 3 3`, []Rise{rise, {Version: 3, Since: 49, Until: 63}}},
		"not to the latest": {madeKey + `
25 d request update transit/keys/k/rotate
26 d response update transit/keys/k/rotate 3 1` + raised, []Rise{rise}},
		"made by a call without an answer": {`
10 a request update transit/keys/k
11 a response update transit/keys/k 1 1
15 x request update transit/keys/k/rotate
20 b request update transit/keys/k/rotate
21 b response update transit/keys/k/rotate 3 1` + raised, []Rise{{Version: 2, Since: 14, Until: 32}}},
		"other keys": {madeKey + `
30 c request update transit/keys/k2/config
31 c response update transit/keys/k2/config 2 2
30 d request update other/keys/k/config
31 d response update other/keys/k/config 2 2
32 e request read transit/keys/k
33 e response read transit/keys/k 2 2
32 f request update transit/keys/k/trim
33 f response update transit/keys/k/trim 2 2`, nil},
		"set again": {madeKey + raised + `
40 d request update transit/keys/k/config
41 d response update transit/keys/k/config 2 2`, []Rise{rise}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Rises("transit/k", exact{}, auditLog(t, c.log))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
		})
	}
}

// TestRisesOfNodes: each node of a cluster has a log of its own, and a call may begin at one and end at another.
func TestRisesOfNodes(t *testing.T) {
	got, err := Rises("transit/k", exact{}, auditLog(t, raised), auditLog(t, madeKey))
	if want := []Rise{{Version: 2, Since: 19, Until: 32}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestRisesFails(t *testing.T) {
	for name, c := range map[string]struct{ key, log string }{
		"no mount":    {"k", auditLog(t, madeKey)},
		"unknown key": {"transit/absent", auditLog(t, madeKey)},
		"no file":     {"transit/k", filepath.Join(t.TempDir(), "absent")},
	} {
		if got, err := Rises(c.key, exact{}, c.log); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
