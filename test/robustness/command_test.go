package main

import (
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// TestReasonOf: only errors that say that nothing was done are refusals.
func TestReasonOf(t *testing.T) {
	for stderr, want := range map[string]history.Reason{
		"error: get secret a/s: not found\nhint: x\n":                                         history.Absent,
		"error: secret a/s: entry \"b\": not found\n":                                         history.NoEntry,
		"error: secret a/s entry \"b\": it is the Secret's last entry\n":                      history.OnlyOne,
		"error: secret a/s is already sealed\n":                                               history.Exists,
		"note: x\nerror: secret a/s entry \"b\": changed by someone else since it was read\n": history.Conflict,
		"error: write secret a/s: changed by someone else since it was read\n":                history.Conflict,
		"error: secret a/s: it is not known whether it was written: the API server's answer was lost, and another " +
			"client has changed it since\n": "",
		"error: get secret a/s: secrets \"s\" not found\n":         history.Absent,
		"error: create secret a/s: secrets \"s\" already exists\n": history.Exists,
		"error: write secret a/s: Operation cannot be fulfilled on secrets \"s\": the object has been modified\n": history.
			Conflict,
		"error: write secret a/s: EOF\n": "",
		"error: secret a/s was written and does not open: x: write secret a/s: changed by someone else since it was " +
			"read\n": "",
		"error: transit key transit/a: not found\n":                 "",
		"error: create secret a/s: context deadline exceeded\n":     "",
		"note: secret a/s: not found\nerror: vault is sealed\n":     "",
		"error: log in to vault: namespace \"secrets a\" is gone\n": "",
	} {
		if got := reasonOf(stderr); got != want {
			t.Errorf("%q: %q, want %q", stderr, got, want)
		}
	}
}

// TestNever: a crash, or an entry that does not open in its place, is no ordinary failure.
func TestNever(t *testing.T) {
	for stderr, wrong := range map[string]bool{
		"panic: runtime error: index out of range\n\ngoroutine 1 [running]:\n": true,
		"error: open secret a/s entry \"a\": decrypt with transit key transit/a: " +
			transit.ErrTampered.Error() + "\n": true,
		"error: write secret a/s: EOF\n": false,
		"error: open secret a/s entry \"a\": its version is older than the key's min_decryption_version\n": false,
	} {
		if got := never().MatchString(stderr); got != wrong {
			t.Errorf("%q: %v", stderr, got)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ entry, text, want string }{
		{document, "{\n  \"b\": \"2\",\n  \"a\": \"1\"\n}\n", `{"a":"1","b":"2"}`},
		{document, "no JSON", "no JSON"}, {document, `{"a": 1}`, `{"a": 1}`}, {"a", `{"b": "2"}`, `{"b": "2"}`},
	} {
		if got := canonical(c.entry, c.text); got != c.want {
			t.Errorf("%s %q: %q", c.entry, c.text, got)
		}
	}
}

func TestSeenOf(t *testing.T) {
	one := &history.Operation{Entry: "a", Values: map[string]string{"a": "2"}}
	seenOf(one, []byte("1"))
	all := &history.Operation{Values: map[string]string{"a": "2"}}
	seenOf(all, []byte("a: v1a\nb: v1b\ndoc.json: '{\"f\":\"1\"}'\n"))
	if one.Seen["a"] != "1" || all.Seen["a"] != "v1a" || len(all.Seen) != 1 {
		t.Errorf("seen %v and %v", one.Seen, all.Seen)
	}
}
