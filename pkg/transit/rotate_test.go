package transit

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRotateTakesTheMetadataOfItsAnswer(t *testing.T) {
	v := newFakeVault(t)
	info, err := rotateKey(t.Context(), v.session(t))
	if err != nil || info.LatestVersion != 4 || info.Key != testKey {
		t.Fatalf("%+v, %v", info, err)
	}
	if want := "POST auth/kubernetes/login, GET transit/keys/app, POST transit/keys/app/rotate"; strings.Join(v.requests, ", ") != want {
		t.Errorf("requests %v", v.requests)
	}
	if at := info.Created[4]; !at.Equal(time.Unix(1700000004, 0)) {
		t.Errorf("created %v", info.Created)
	}
}

// rotateKey reads the key and rotates it, as a caller does.
func rotateKey(ctx context.Context, s *Session) (KeyInfo, error) {
	before, err := s.Key(ctx, testKey)
	if err != nil {
		return KeyInfo{}, err
	}
	return s.Rotate(ctx, before)
}

func isRotate(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/rotate") }

func drop(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }

func TestRotateIsSentOnce(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		done   bool // Vault had rotated before that answer
		again  bool // it is sent again, as Vault has not acted
	}{
		"502 after success":    {status(502), true, false},
		"502 before":           {status(502), false, false},
		"504 before":           {status(504), false, false},
		"500 after success":    {status(500), true, false},
		"500 before":           {status(500), false, false},
		"503 before":           {status(503), false, false},
		"403":                  {status(403), false, false},
		"429":                  {status(429), false, true},
		"412":                  {status(412), false, true},
		"lost after":           {drop, true, false},
		"lost before":          {drop, false, true},
		"307":                  {standby, false, true},
		"307 after forwarding": {standby, true, false}, // the active node was lost when it had rotated
		"500 no active":        {status(500, "local node not active but active cluster node not found"), false, true},
		"503 no active":        {status(503, "no active Vault instance found"), false, true},
		"503 after forwarding": {status(503, "no active Vault instance found"), true, false},
		"sealed":               {status(503, "Vault is sealed"), false, true},
		"steps down":           {status(500, "context canceled"), false, true},
		"steps down late":      {status(500, "leadership lost while committing log"), true, false},
		"204":                  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, true, false},
	} {
		for _, times := range []int{1, 99} {
			v := newFakeVault(t)
			hook := func(w http.ResponseWriter, r *http.Request) bool {
				if !isRotate(r) || v.count("POST transit/keys/app/rotate") > times {
					return false
				}
				c.answer(w, r)
				return true
			}
			if c.done {
				v.after = hook
			} else {
				v.before = hook
			}
			s := v.session(t)
			info, err := rotateKey(t.Context(), s)
			sent := v.count("POST transit/keys/app/rotate")
			if c.again != (sent > 1) || c.again && times == 1 && sent != 2 {
				t.Errorf("%s, %d times: sent %d times", name, times, sent)
			}
			if want := c.done || c.again && times == 1; want != (err == nil) || want &&
				(info.LatestVersion != 4 || v.latest != 4) || !want && v.latest != 3 {
				t.Errorf("%s, %d times: version %d, %v", name, times, v.latest, err)
			}
		}
	}
}

// TestRotateOfASuccessThatShowsNoVersion: Vault, or a proxy, answers with success, without the new version.
func TestRotateOfASuccessThatShowsNoVersion(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		done   bool // Vault has rotated
		unread bool // the key cannot be read then
		want   error
	}{
		"with the version before":     {`{"data":{"type":"aes256-gcm96","latest_version":3,"keys":{"3":1}}}`, true, false, nil},
		"nothing, and done":           {``, true, false, nil},
		"nothing, and not seen yet":   {``, false, false, ErrNotCurrent},
		"nothing, and it is not read": {``, true, true, ErrRotationUnknown},
	} {
		v := newFakeVault(t)
		hook := func(w http.ResponseWriter, r *http.Request) bool {
			if isRotate(r) {
				_, _ = w.Write([]byte(c.body))
			}
			return isRotate(r)
		}
		unread := func(w http.ResponseWriter, r *http.Request) bool {
			refused := c.unread && r.Method == http.MethodGet && v.count("POST transit/keys/app/rotate") > 0
			if refused {
				w.WriteHeader(http.StatusForbidden)
			}
			return refused
		}
		if v.before = unread; c.done {
			v.after = hook
		} else {
			v.before = hook
		}
		info, err := rotateKey(t.Context(), v.session(t))
		if !errors.Is(err, c.want) || err == nil && info.LatestVersion != 4 ||
			v.count("POST transit/keys/app/rotate") != 1 {
			t.Errorf("%s: version %d, %v", name, info.LatestVersion, err)
		}
	}
}

// TestRotateIsSentAgainAFewTimes: to a node that falters, because each try may make a version that is not seen yet. A
// cluster without an active node is waited for.
func TestRotateIsSentAgainAFewTimes(t *testing.T) {
	for name, c := range map[string]struct {
		how   func(http.ResponseWriter, *http.Request)
		sent  int // for good
		while int // how often it may fail and be done in the end
	}{
		"falters":        {status(500, "leadership lost while committing log"), maxRotateFaltering, maxRotateFaltering - 1},
		"no active node": {status(500, "local node not active but active cluster node not found"), 0, 3},
	} {
		for _, failing := range []int{1 << 30, c.while} {
			v := newFakeVault(t)
			v.before = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/rotate") || v.count("POST transit/keys/app/rotate") > failing {
					return false
				}
				c.how(w, r)
				return true
			}
			s := v.session(t)
			passing(s.client)
			before, err := s.Key(t.Context(), testKey)
			if err != nil {
				t.Fatal(err)
			}
			after, err := s.Rotate(t.Context(), before)
			sent := v.count("POST transit/keys/app/rotate")
			if failing == c.while && (err != nil || after.LatestVersion != 4 || sent != c.while+1) {
				t.Errorf("%s for a while: %v, version %d after %d requests", name, err, after.LatestVersion, sent)
			}
			if failing != c.while && (err == nil || c.sent > 0 && sent != c.sent || v.latest != 3) {
				t.Errorf("%s for good: %v after %d requests", name, err, sent)
			}
		}
	}
}

func TestRotateThatTimesOutIsLookedUp(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	s.client.http.Transport = roundTrip(func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err == nil && isRotate(r) {
			_ = resp.Body.Close()
			return nil, context.DeadlineExceeded
		}
		return resp, err
	}).over(s.client.http.Transport)
	info, err := rotateKey(t.Context(), s)
	if n := v.count("POST transit/keys/app/rotate"); n != 1 || err != nil || info.LatestVersion != 4 {
		t.Errorf("sent %d times, version %d, %v", n, info.LatestVersion, err)
	}
}

func TestRotateThatIsInterruptedSaysSo(t *testing.T) {
	v := newFakeVault(t)
	ctx, cancel := context.WithCancel(t.Context())
	v.after = func(_ http.ResponseWriter, r *http.Request) bool {
		if isRotate(r) {
			cancel()
			<-r.Context().Done()
		}
		return isRotate(r)
	}
	_, err := rotateKey(ctx, v.session(t))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "not known whether") {
		t.Error(err)
	}
}

func TestRotateLogsInAgainForADeadToken(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if isRotate(r) {
			v.kill("hvs.secret-token-1")
		}
		return false
	}
	info, err := rotateKey(t.Context(), v.session(t))
	if err != nil || info.LatestVersion != 4 || v.issued != 2 {
		t.Errorf("version %d, %d logins, %v", info.LatestVersion, v.issued, err)
	}
}

func TestKeyInfo(t *testing.T) {
	const object = `{"data":{"type":"ecdsa-p256","latest_version":2,"min_decryption_version":1,"keys":{"1":{"creation_time":"2026-01-02T03:04:05.6Z","name":"P-256"},"2":{"creation_time":"2026-02-02T00:00:00+01:00"},"x":1}}}`
	info, err := parseKeyInfo(testKey, []byte(object))
	if err != nil || len(info.Created) != 2 || info.Created[1].Year() != 2026 ||
		info.Created[2].Location() != time.UTC {
		t.Errorf("%+v, %v", info, err)
	}
	for _, made := range []string{`0`, `253402300800`, `{"creation_time":"0000-01-01T00:00:00+14:00"}`,
		`{"creation_time":"9999-12-31T23:59:59-00:01"}`} { // a report in JSON could not hold the last three
		body := []byte(`{"data":{"type":"aes256-gcm96","latest_version":1,"keys":{"1":` + made + `}}}`)
		if info, err := parseKeyInfo(testKey, body); err != nil || len(info.Created) > 0 {
			t.Errorf("%s: %v, %v", made, info.Created, err)
		}
	}
	for _, body := range []string{``, `null`, `{}`, `{"data":{"type":"aes256-gcm96"}}`, `{"data":[]}`} {
		if _, err := parseKeyInfo(testKey, []byte(body)); err == nil {
			t.Errorf("%s: no error", body)
		}
	}
}

func TestCheckSealing(t *testing.T) {
	for typ, ok := range map[string]bool{
		"aes128-gcm96": true, "aes256-gcm96": true, "chacha20-poly1305": true, "xchacha20-poly1305": true,
		"aes256-cbc": false, "rsa-4096": false, "ed25519": false, "hmac": false, "managed_key": false, "": false,
	} {
		err := KeyInfo{Key: testKey, Type: typ}.CheckSealing()
		var unsuitable *UnsuitableKeyError
		if ok != (err == nil) || !ok && (!errors.As(err, &unsuitable) || unsuitable.Key != testKey ||
			unsuitable.Reason == "") {
			t.Errorf("%s: %v", typ, err)
		}
	}
	if err := (KeyInfo{Type: "aes256-gcm96", Derived: true, Convergent: true}).CheckSealing(); err == nil {
		t.Error("a convergent key seals")
	}
	for text, ok := range map[string]bool{
		`"supports_decryption":false`: false, `"supports_encryption":false`: false, `"supports_encryption":true`: true,
		`"supports_encryption":true,"supports_decryption":true`:  true,
		`"supports_encryption":true,"supports_decryption":false`: false, `"derived":true`: true,
	} {
		info, err := parseKeyInfo(testKey, []byte(`{"data":{"type":"aes256-gcm96","latest_version":1,`+text+`}}`))
		if err != nil || (info.CheckSealing() == nil) != ok {
			t.Errorf("%s: %v, %v", text, err, info.CheckSealing())
		}
	}
}
