package doctor

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// FuzzParseClaims: claims that anyone can write can be reported.
func FuzzParseClaims(f *testing.F) {
	f.Add(`{"sub":"system:serviceaccount:a:b","aud":["x"],"iat":1,"exp":601}`)
	f.Add(`{"aud":"x","exp":1e300,"iat":-1e300}`)
	f.Add(`{"aud":null}`)
	f.Fuzz(func(t *testing.T, payload string) {
		c, valid := parseClaims("a." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c")
		if !valid {
			return
		}
		if !json.Valid([]byte(payload)) {
			t.Errorf("%q is not JSON", payload)
		}
		if _, err := json.Marshal([]any{c.issued, c.expires, c.lifetime(), c.audience}); err != nil {
			t.Errorf("%q: %v", payload, err)
		}
	})
}

// FuzzRedact: no name is in a redacted text, wherever it comes from.
func FuzzRedact(f *testing.F) {
	placeholder := regexp.MustCompile(`^(namespace|mount|transit-key|workload|path)-[1-9][0-9]*$`)
	f.Add("acme", "team/acme/transit", "deployment/acme")
	f.Add("{namespace}", "a/keys/b/rotate", "v1.37.2-acme")
	f.Add("v1.2.3+ent", "x/decrypt/y", "pod/")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		template, _ := sealed.ParseKeyTemplate(b + "/" + a)
		p := say("%s", say("%v|%v|%v|%v|%v|%v", name{aNamespace, a}, transit.Key{Mount: b, Name: a}, template,
			vaultPath(b), workloadLabel(c), fmt.Errorf("x: %w", errors.New(a))))
		shown := newRedactor().text(p)
		for part := range strings.SplitSeq(shown, "|") {
			for word := range strings.SplitSeq(part, "/") {
				known := []string{"", "{namespace}", "encrypt", "decrypt", "rewrap", "keys", "rotate", leftOut,
					"an error " + leftOut, "cronjob", "daemonset", "deployment", "job", "pod", "replicaset",
					"replicationcontroller", "statefulset"}
				for _, usual := range usualNames() {
					known = append(known, strings.Split(usual, "/")...)
				}
				if !placeholder.MatchString(word) && !slices.Contains(known, word) {
					t.Errorf("%q of %q", word, shown)
				}
			}
		}
	})
}

// FuzzPublicVersion: of a version only numbers and the endings of known products are shown.
func FuzzPublicVersion(f *testing.F) {
	public := regexp.MustCompile(`^[v0-9.]*([-+](gke|eks|k3s|rke2r|ent|hsm|alpha|beta|rc|[-.0-9a-f])*)?(\(left out\))?$`)
	for _, text := range []string{"v1.37.2-gke.100", "1.21.1+ent.hsm", "1.2.3-acme", "v1.30.0-eks-a1b2c3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if shown := publicVersion(text); !public.MatchString(shown) {
			t.Errorf("%q of %q", shown, text)
		}
	})
}
