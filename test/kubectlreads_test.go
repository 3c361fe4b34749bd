package test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

// TestManifestsAreReadAsKubectlReadsThem: what a manifest is taken for is what kubectl takes it for, or it is refused.
// What kubectl refuses is refused.
func TestManifestsAreReadAsKubectlReadsThem(t *testing.T) {
	const refused, taken = true, false
	for body, want := range map[string]bool{
		// Names
		"stringData:\n  n: x\n":                       refused,
		"stringData:\n  y: x\n":                       refused,
		"stringData:\n  yes: x\n":                     refused,
		"stringData:\n  Off: x\n":                     refused,
		"stringData:\n  on: x\n":                      refused,
		"data: {no: YQ==}\n":                          refused,
		"stringData:\n  'n': x\n":                     taken,
		"stringData:\n  nn: x\n":                      taken,
		"stringData:\n  true: x\n":                    taken, // in both it is the name true
		"stringData:\n  True: x\n":                    taken,
		"stringData:\n  1: x\n":                       taken,
		"stringData:\n  017: x\n":                     taken,
		"stringData:\n  0o17: x\n":                    taken,
		"stringData:\n  0x1f: x\n":                    taken,
		"stringData:\n  1_000: x\n":                   taken,
		"stringData:\n  1e3: x\n":                     refused,
		"stringData:\n  1.0: x\n":                     refused,
		"stringData:\n  1.10: x\n":                    refused,
		"stringData:\n  2001-12-14: x\n":              taken,
		"stringData:\n  ~: x\n":                       refused,
		"stringData:\n  null: x\n":                    refused,
		"stringData:\n  .inf: x\n":                    refused,
		"stringData:\n  12345678901234567890123: x\n": refused,
		// Values
		"stringData: {a: !!binary aGk=}\n":           refused,
		"data: {a: !!binary YUdrPQ==}\n":             refused,
		"stringData: {a: yes}\n":                     refused,
		"stringData: {a: n}\n":                       refused,
		"stringData: {a: 12}\n":                      refused,
		"stringData: {a: 0o17}\n":                    refused,
		"stringData: {a: 1e3}\n":                     refused,
		"stringData: {a: 1.5}\n":                     refused,
		"stringData: {a: true}\n":                    refused,
		"stringData: {a: [b]}\n":                     refused,
		"stringData: {a: '12'}\n":                    taken,
		"stringData: {a: !!str 12}\n":                taken,
		"stringData: {a: !!str yes}\n":               taken,
		"stringData: {a: 2001-12-14}\n":              taken,
		"stringData: {a: 2001-12-14T21:59:43Z}\n":    taken,
		"stringData: {a: 1:30}\n":                    taken,
		"stringData: {a: ~}\n":                       taken,
		"stringData:\n  a:\n":                        taken,
		"stringData: {a: 'ü\\n'}\n":                  taken,
		"stringData: {a: \"\\x41\\u00fc\"}\n":        taken,
		"stringData:\n  a: |\n    two\n    lines\n":  taken,
		"stringData:\n  a: >-\n    two\n    lines\n": taken,
		"data:\n  a: |\n    YW\n    Jj\n":            taken,
		"data:\n  a: >\n    YW\n    Jj\n":            refused,
		"data:\n  a: >\n    YWJj\n":                  taken,
		"data: {a: ~}\n":                             taken,
		"data: {a: YQ}\n":                            refused,
		"data: {a: 1234}\n":                          refused,
		// Structure
		"stringData: &m {a: x}\nmetadatb: *m\n":          refused, // a field that it does not have
		"stringData: {a: &v x, b: *v}\n":                 taken,
		"metadata: &m {name: app}\nstringData: {a: x}\n": refused, // twice
		"stringData: {a: x, a: z}\n":                     refused,
		"stringData:\n  <<: {a: x, b: x}\n  b: z\n":      taken,
		"stringData:\n  b: z\n  <<: {a: x, b: x}\n":      refused, // kubectl takes x
		"data: {a: YQ==}\nstringData: {a: x}\n":          taken,
		"stringData: {a: x}\n...\n":                      taken,
		"stringData: {a: x}\nimmutable: no\n":            refused,
		"stringData: {a: x}\nimmutable: false\n":         taken,
	} {
		text := "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n" + body
		ours, err := manifest.ReadPlain([]byte(text)).Secrets()
		if (err != nil) != want {
			t.Errorf("%s%v", body, err)
		}
		out, kubectlErr := theStack.kubectl(text, "create", "--dry-run=client", "--validate=false", "-o", "json",
			"-f", "-")
		if kubectlErr != nil || err != nil {
			if err == nil {
				t.Errorf("kubectl refuses what is taken here:\n%s%v", body, kubectlErr)
			}
			continue
		}
		theirs := &corev1.Secret{}
		if err := json.Unmarshal([]byte(out[strings.Index(out, "{"):]), theirs); err != nil {
			t.Fatal(err)
		}
		data := map[string]string{}
		for name, value := range theirs.Data {
			data[name] = string(value)
		}
		for name, value := range theirs.StringData {
			data[name] = value
		}
		read := map[string]string{}
		for name, value := range ours[0].Data {
			read[name] = string(value)
		}
		if !reflect.DeepEqual(read, data) {
			t.Errorf("%sread as %q, kubectl reads %q", body, read, data)
		}
	}
}
