package test

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
)

// hostileTextCommands look for text that others wrote and that would change the reader's terminal, or fake a line of
// ours:
//
//	hostiletext      $EVIL is a text with control characters, invisible ones and lines of its own;
//	                 $EVILLINE is its first line
//	nocontrolchars   stdout and stderr hold no such character, and no line of that text as a line of their own
func hostileTextCommands() map[string]command {
	return map[string]command{"hostiletext": runHostileText, "nocontrolchars": runNoControlChars}
}

const (
	evilLine = "evil\x1b[2J\x1b]0;t\x07\u009b31m\u202eb\u200b\u2028\x7f\U000e0041"
	evilText = evilLine + "\nerror: faked\r\nhint: faked\tfaked"
)

func runHostileText(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: hostiletext")
	}
	ts.Setenv("EVIL", evilText)
	ts.Setenv("EVILLINE", evilLine)
}

func runNoControlChars(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: nocontrolchars")
	}
	for _, name := range []string{"stdout", "stderr"} {
		if err := tame(ts.ReadFile(name)); err != nil {
			ts.Fatalf("%s: %v", name, err)
		}
	}
}

// tame tells what a text does to a terminal or a log.
func tame(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("it is no UTF-8: %q", text)
	}
	for at, r := range text {
		if steersTerminal(r) {
			return fmt.Errorf("it holds %U: %q", r, text[max(0, at-60):min(len(text), at+60)])
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "error: faked") || strings.HasPrefix(line, "hint: faked") {
			return fmt.Errorf("a line is somebody else's: %q", line)
		}
	}
	return nil
}

func steersTerminal(r rune) bool {
	spans := [][2]rune{
		{0, 0x8}, {0xb, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c}, {0x180e, 0x180e}, {0x200b, 0x200f},
		{0x2028, 0x202e},
		{0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xe0000, 0xe0fff},
	}
	return slices.ContainsFunc(spans, func(span [2]rune) bool { return r >= span[0] && r <= span[1] })
}
