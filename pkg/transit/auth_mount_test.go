package transit

import (
	"net/url"
	"testing"
)

// FuzzParseAuthMount: a mount that is accepted stays in its place in a path.
func FuzzParseAuthMount(f *testing.F) {
	for _, text := range []string{"kubernetes", "clusters/eu-1", "a.b/c_d", "", "/", "a/", "/a", "a//b", "..", "a/../sys",
		"a%2fb", "a b", "a?b", "a#b", "it's", "$(a)", "é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		mount, err := ParseAuthMount(text)
		if err != nil {
			return
		}
		base := &url.URL{Scheme: "https", Host: "vault"}
		if got := base.JoinPath("v1", "auth/"+mount+"/login").String(); mount != text ||
			got != "https://vault/v1/auth/"+mount+"/login" {
			t.Errorf("%q becomes %s", text, got)
		}
	})
}
