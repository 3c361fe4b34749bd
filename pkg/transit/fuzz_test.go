package transit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// FuzzParseProxy: no text of a proxy shows the password of its URL, and none is quoted in an error.
func FuzzParseProxy(f *testing.F) {
	f.Add("http://user:hunter2pass@proxy.example:3128")
	f.Add("socks5h://[::1]:1080")
	f.Add("https://a/b?c#d")
	f.Fuzz(func(t *testing.T, text string) {
		proxy, err := ParseProxy(text)
		if err != nil {
			if err.Error() != errWantProxy.Error() {
				t.Errorf("%v", err)
			}
			return
		}
		written, err := proxy.MarshalText()
		if err != nil || string(written) != proxy.String() {
			t.Fatalf("%q, %v", written, err)
		}
		again, err := ParseProxy(proxy.String())
		if err != nil || again.HasUser() || again.String() != proxy.String() {
			t.Errorf("%q is %q, and then %q, %v", text, proxy, again, err)
		}
		if proxy.HasUser() {
			hidden, _ := proxy.url.User.Password()
			shown := fmt.Sprintf("%v %+v %#v %s %q %d", proxy, proxy, proxy, proxy, proxy, proxy)
			if len(hidden) >= 8 && !strings.Contains(proxy.url.Host, hidden) && strings.Contains(shown, hidden) {
				t.Errorf("%q shows %q", proxy, hidden)
			}
		}
	})
}

// FuzzParseKeyInfo: whatever Vault answers about a key, it has a version, and its times can be reported.
func FuzzParseKeyInfo(f *testing.F) {
	f.Add([]byte(`{"data":{"type":"aes256-gcm96","latest_version":2,"keys":{"1":1700000000,"2":1800000000}}}`))
	f.Add([]byte(`{"data":{"type":"rsa-2048","latest_version":1,"keys":{"1":{"creation_time":"2026-01-01T00:00:00Z"}}}}`))
	f.Add([]byte(`{"data":{"type":"x","latest_version":1,"keys":{"1":9223372036854775807,"-1":1}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		key := Key{Mount: "transit", Name: "app"}
		info, err := parseKeyInfo(key, body)
		if err != nil {
			return
		}
		if info.Key != key || info.LatestVersion < 1 {
			t.Errorf("%+v", info)
		}
		for version, at := range info.Created {
			if _, err := json.Marshal(at); err != nil || version < 1 {
				t.Errorf("version %d was made at %v: %v", version, at, err)
			}
		}
		if err := info.CheckSealing(); err == nil && info.Convergent {
			t.Errorf("%+v can seal", info)
		}
	})
}

// FuzzBatchAnswer: each item gets a result of its own or an error, and a rewrap never less than a ciphertext.
func FuzzBatchAnswer(f *testing.F) {
	const ciphertext = "vault:v2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
	f.Add([]byte(`[{"ciphertext":"` + ciphertext + `","reference":"0"},{"plaintext":"eA==","reference":"1"}]`))
	f.Add([]byte(`[{"error":"cipher: message authentication failed"},{"reference":"0"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var got []batchResult
		if json.Unmarshal(body, &got) != nil {
			return
		}
		for _, v := range []verb{encryptVerb, decryptVerb, rewrapVerb} {
			b := batch{verb: v, key: Key{Mount: "transit", Name: "app"}, items: make([]Item, len(got))}
			chunk, results := make([]int, len(got)), make([]Result, len(got))
			for n := range chunk {
				chunk[n] = len(got) - 1 - n
			}
			if b.take(&request{op: v.name}, chunk, got, results) != nil {
				continue
			}
			for n, result := range results {
				answer := got[len(got)-1-n]
				switch {
				case (answer.Error != "") != (result.Err != nil):
					t.Errorf("%s: %v of %+v", v.name, result, answer)
				case result.Err == nil && v.name == "decrypt" && result.Plaintext == nil,
					result.Err == nil && v.name != "decrypt" && result.Ciphertext.String() != answer.Ciphertext,
					result.Err == nil && v.name != "decrypt" && result.Ciphertext.IsZero():
					t.Errorf("%s: %v of %+v", v.name, result, answer)
				}
			}
		}
	})
}
