package httpdebug

import "testing"

func TestQuiet(t *testing.T) {
	for setting, want := range map[string]string{
		"":                                   "",
		"netdns=go":                          "netdns=go",
		"http2debug=2":                       "",
		"netdns=go,http2debug=1,gctrace=1":   "netdns=go,gctrace=1",
		"http2debug=2,http2debug=1":          "",
		"a=xhttp2debug=2,http2client=0":      "http2client=0",
		"http2debug=0":                       "",
		"http2client=0,tlsmaxrsasize=8192,,": "http2client=0,tlsmaxrsasize=8192,,",
	} {
		if got := quiet(setting); got != want {
			t.Errorf("%q: %q, want %q", setting, got, want)
		}
	}
}
