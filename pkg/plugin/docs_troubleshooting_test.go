package plugin

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	quotedMessage = regexp.MustCompile("(?m)^### `(.*)`$")
	// messageGap is what stands for something else in a quoted message, or joins two messages of the code.
	messageGap = regexp.MustCompile(`\b[A-Z][A-Z_]*\b|…|: |: ?$`)
	formatVerb = regexp.MustCompile(`%[-+# 0]*[0-9]*(?:\.[0-9]+)?[a-zA-Z]`)
	errorKind  = regexp.MustCompile(`(?m)^\tErr\w+ += errors\.New\("(.*)"\)$`)
)

// fewestLetters of a message must be found in one piece, or it could be any message.
const fewestLetters = 9

// TestTroubleshootingQuotesTheCode: every message that the page is about is one that the code has.
func TestTroubleshootingQuotesTheCode(t *testing.T) {
	spoken := fragments(t)
	isSpoken := func(piece string) bool {
		return slices.ContainsFunc(spoken, func(fragment string) bool { return strings.Contains(fragment, piece) })
	}
	messages := quotedMessages(t)
	if len(messages) == 0 {
		t.Fatal("the page has no message")
	}
	for _, message := range messages {
		longest := 0
		for _, piece := range messageGap.Split(message, -1) {
			longest = max(longest, len(piece))
			if !isSpoken(piece) {
				t.Errorf("%q: no message of the code has %q", message, piece)
			}
		}
		if longest < fewestLetters {
			t.Errorf("%q says too little to be told from others", message)
		}
	}
}

// TestTroubleshootingHasEveryKind: what callers can test an error for is on the page.
func TestTroubleshootingHasEveryKind(t *testing.T) {
	const internal = "vault session is closed" // of a program's own making
	all := strings.Join(quotedMessages(t), "\n")
	var kinds []string
	for _, path := range []string{"../transit/errors.go", "../../internal/kube/errors.go",
		"../../internal/engine/errors.go"} {
		kinds = append(kinds, errorKinds(t, path)...)
	}
	for _, kind := range kinds {
		if kind != internal && !strings.Contains(all, kind) {
			t.Errorf("the page lacks %q", kind)
		}
	}
}

func quotedMessages(t *testing.T) (messages []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range quotedMessage.FindAllStringSubmatch(string(page), -1) {
		messages = append(messages, match[1])
	}
	return messages
}

// fragments are the texts in the code, without their verbs.
func fragments(t *testing.T) (all []string) {
	t.Helper()
	for _, path := range goFiles(t) {
		for _, text := range stringLiterals(t, path) {
			all = append(all, formatVerb.Split(text, -1)...)
		}
	}
	return all
}

// errorKinds are the errors that a file declares.
func errorKinds(t *testing.T, path string) (kinds []string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range errorKind.FindAllStringSubmatch(string(source), -1) {
		kinds = append(kinds, match[1])
	}
	if len(kinds) == 0 {
		t.Fatalf("%s has no error kind", path)
	}
	return kinds
}
