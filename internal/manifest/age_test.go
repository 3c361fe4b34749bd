package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// TestFilesWriteTheAge: an entry and the annotations change in one write, and all else stays byte for byte, in every
// form of a manifest. Where the annotation cannot change alone, it stays, unless an expiry was asked for.
func TestFilesWriteTheAge(t *testing.T) {
	const (
		sealedAt = "2026-11-29T10:30:15Z"
		until    = "2027-03-01T00:00:00Z"
		before   = "2020-01-01T00:00:00Z"
		head     = "# ours\napiVersion: v1\nkind: Secret\nmetadata:\n  name: one # the first\n  namespace: here\n"
		other    = "kind: {{ .template }}\n---\n"
		data     = "data:\n  a: VALUE # of x\n# end\n"
	)
	at, err := time.Parse(time.RFC3339, sealedAt)
	if err != nil {
		t.Fatal(err)
	}
	end, err := time.Parse(time.RFC3339, until)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text, want string // "": the same
		expires    bool
	}{
		"a change": {
			text: head + "  annotations:\n    vaultseal.dev/sealed-at: \"" + before + "\" # old\n    x: 'y'\n" + data,
			want: head + "  annotations:\n    vaultseal.dev/sealed-at: \"" + sealedAt + "\" # old\n    x: 'y'\n" + data,
		},
		"added": {
			text: head + "  annotations:\n    x: 'y'\n" + data,
			want: head + "  annotations:\n    x: 'y'\n    vaultseal.dev/expires: \"" + until + "\"\n" +
				"    vaultseal.dev/sealed-at: \"" + sealedAt + "\"\n" + data,
			expires: true,
		},
		"the first annotation": {
			text: head + data,
			want: head + "  annotations:\n    vaultseal.dev/sealed-at: \"" + sealedAt + "\"\n" + data,
		},
		"CRLF": {
			text: strings.ReplaceAll(head+"  annotations:\n    vaultseal.dev/sealed-at: "+before+"\n"+data, "\n", "\r\n"),
			want: strings.ReplaceAll(head+"  annotations:\n    vaultseal.dev/sealed-at: \""+sealedAt+"\"\n"+data, "\n",
				"\r\n"),
		},
		"JSON": {
			text: `{"kind": "Secret", "apiVersion": "v1", "data": {"a": "VALUE"}, "metadata": {"name": "one",` +
				"\t\"annotations\": {\"vaultseal.dev/sealed-at\": \"" + before + "\"}}}\n",
			want: `{"kind": "Secret", "apiVersion": "v1", "data": {"a": "VALUE"}, "metadata": {"name": "one",` +
				"\t\"annotations\": {\"vaultseal.dev/sealed-at\": \"" + sealedAt + "\"}}}\n",
		},
		"one of two documents": {
			text: other + head + "  annotations: {vaultseal.dev/sealed-at: \"" + before + "\"}\n" + data,
			want: other + head + "  annotations: {vaultseal.dev/sealed-at: \"" + sealedAt + "\"}\n" + data,
		},
		"an alias": {
			text: head + "  annotations:\n    vaultseal.dev/sealed-at: &at \"" + before + "\"\n    x: *at\n" + data,
			want: head + "  annotations:\n    vaultseal.dev/sealed-at: &at \"" + before + "\"\n    x: *at\n" + data,
		},
		"an alias of the expiry": {
			text: head + "  annotations:\n    vaultseal.dev/expires: &at \"" + before + "\"\n    x: *at\n" + data, expires: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(c.text, "VALUE", b64(ciphertext(1, "a")), 1)
			directory := tree(t, map[string]string{"a.yaml": text})
			files, err := ReadFiles([]string{directory}, false, noStdin)
			if err == nil {
				err = files.In("here", "here")
			}
			if err != nil {
				t.Fatal(err)
			}
			live, err := files.Get(t.Context(), "here", "one")
			if err != nil {
				t.Fatal(err)
			}
			change := engine.Change{Live: live, Set: newer(t), Age: sealed.AgeChange{SealedAt: at}}
			if c.expires {
				change.Age.Expires = sealed.Expiry{Given: true, At: end}
			}
			stored, err := files.Write(t.Context(), []engine.Change{change}, engine.DryRunNone)
			want := strings.Replace(c.want, "VALUE", b64(ciphertext(2, "a")), 1)
			if c.want == "" {
				want = text
			}
			if (err != nil) != (c.want == "") {
				t.Errorf("%v", err)
			}
			is, readErr := os.ReadFile(filepath.Join(directory, "a.yaml"))
			if readErr != nil || string(is) != want {
				t.Errorf("%v\n%s\nwant\n%s", readErr, is, want)
			}
			written := strings.Contains(want, sealedAt)
			if err == nil && (stored[0].Annotations[sealed.SealedAtAnnotation] == sealedAt) != written {
				t.Errorf("%v", stored[0].Annotations)
			}
		})
	}
}
