package plugin

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/messages.golden")

const messagesGolden = "testdata/messages.golden"

// row is what users see of one error type or sentinel.
type row struct {
	samples []error // none: it cannot be made here
	none    string  // why there is no hint; empty: every sample has one
}

// hasHint is the row of an error that has a hint for each sample.
func hasHint(samples ...error) row { return row{samples: samples} }

// noHint is the row of an error that has no hint.
func noHint(reason string, samples ...error) row { return row{samples: samples, none: reason} }

// rows are the rows of all errors, by package and name.
func rows(t *testing.T) map[string]row {
	t.Helper()
	all := map[string]row{}
	for _, part := range []map[string]row{vaultRows(), kubernetesRows(), configRows(), engineRows(), documentRows(),
		patchRows(), setupRows(t), doctorRows(), deliveryRows(), pluginRows(), workloadRows(),
		mergeRows(), fromSecretRows(),
		sealRows()} {
		for name, one := range part {
			if _, twice := all[name]; twice {
				t.Errorf("%s has two rows", name)
			}
			all[name] = one
		}
	}
	return all
}

// TestMessages holds the text of every error, and what to do about it, to a file that people and the linter of our
// language read. To rewrite the file: go test ./pkg/plugin -run TestMessages -update.
func TestMessages(t *testing.T) {
	found, all := declaredErrors(t), rows(t)
	for name := range found {
		if _, ok := all[name]; !ok {
			t.Errorf("%s has no row: add a sample and its hint, or why it has none", name)
		}
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		one, ok := found[name]
		if !ok {
			t.Errorf("%s has a row and is not declared", name)
			continue
		}
		for _, block := range blocks(t, one, all[name]) {
			fmt.Fprintf(&text, "%s\n%s\n", name, block)
		}
	}
	text.WriteString("Hints that a command gives, by function\n\n" + commandBlocks(t))
	compareGolden(t, text.String())
}

// blocks are what the file says of an error: one for each sample.
func blocks(t *testing.T, one declared, r row) []string {
	t.Helper()
	if len(r.samples) == 0 {
		if r.none == "" {
			t.Errorf("%s has neither a sample nor a reason for none", one.name)
		}
		var message string
		if one.text != "" {
			message = "error: " + one.text + "\n"
		}
		return []string{message + "none: " + r.none + "\n"}
	}
	var all []string
	for _, sample := range r.samples {
		message, action := sample.Error(), hint(sample)
		if strings.HasPrefix(one.name, "doctor.") {
			action = problemHint(sample)
		}
		if one.text != "" && message != one.text {
			t.Errorf("%s: the sample says %q, the source %q", one.name, message, one.text)
		}
		if strings.Contains(message, "%!") || strings.Contains(action, "%!") {
			t.Errorf("%s: a sample lacks a field: %s\n%s", one.name, message, action)
		}
		if typeName := strings.TrimPrefix(fmt.Sprintf("%T", sample), "*"); !one.sentinel && typeName != one.name {
			t.Errorf("%s: the sample is a %s", one.name, typeName)
		}
		if (action == "") != (r.none != "") {
			t.Errorf("%s: hint %q, and why there is none: %q", one.name, action, r.none)
		}
		checkMentions(t, action)
		block := "error: " + message + "\n"
		for line := range strings.Lines(action) {
			block += "hint: " + strings.TrimSuffix(line, "\n") + "\n"
		}
		if r.none != "" {
			block += "none: " + r.none + "\n"
		}
		all = append(all, block)
	}
	return all
}

func compareGolden(t *testing.T, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(messagesGolden, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(messagesGolden)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(text, "\n")
	for n, line := range strings.Split(string(want), "\n") {
		if n >= len(got) || got[n] != line {
			t.Fatalf("%s line %d is %q, and the code says %q.\nIf the code is right: go test ./pkg/plugin -run "+
				"TestMessages -update", messagesGolden, n+1, line, got[min(n, len(got)-1)])
		}
	}
	if text != string(want) {
		t.Errorf("%s lacks lines at its end: go test ./pkg/plugin -run TestMessages -update", messagesGolden)
	}
}
