package plugin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestConfirm(t *testing.T) {
	for answer, want := range map[string]bool{
		"y\n": true, "yes\n": true, "Y\r\n": true, "YES": true,
		"": false, "\n": false, "n\n": false, "no\n": false, "yess\n": false, "sure\n": false,
	} {
		var question bytes.Buffer
		g := newGlobals(Process{IOStreams: genericiooptions.IOStreams{In: strings.NewReader(answer), Out: io.Discard,
			ErrOut: &question}})
		if got, err := g.confirm(t.Context(), "Really?"); err != nil || got != want ||
			question.String() != "Really? [y/N] " {
			t.Errorf("%q: %v, %v after %q", answer, got, err, question.String())
		}
	}
}

func TestConfirmEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, _ := io.Pipe()
	g := newGlobals(Process{IOStreams: genericiooptions.IOStreams{In: silent, Out: io.Discard, ErrOut: io.Discard}})
	if yes, err := g.confirm(ctx, "Really?"); yes || !errors.Is(err, context.Canceled) {
		t.Error(yes, err)
	}
}

func TestNobodyToAsk(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	if (Process{IOStreams: streams}).canAsk() {
		t.Error("a buffer is no terminal")
	}
}

func TestReadLine(t *testing.T) {
	for text, want := range map[string][2]string{
		"a b\nc":   {"a b", "c"},
		"a\r\nc":   {"a", "c"},
		"\n":       {"", ""},
		"a":        {"a", ""},
		"a\rb\n\n": {"a\rb", "\n"},
	} {
		in := strings.NewReader(text)
		line, err := readLine(in)
		rest, _ := io.ReadAll(in)
		if err != nil || string(line) != want[0] || string(rest) != want[1] {
			t.Errorf("%q: %q, %q, %v", text, line, rest, err)
		}
	}
	if line, err := readLine(strings.NewReader("")); !errors.Is(err, io.EOF) || len(line) > 0 {
		t.Errorf("%q, %v", line, err)
	}
}
