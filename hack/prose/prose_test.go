package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pattern of a rule: a key of swap, or one of tokens.
var pattern = regexp.MustCompile(`(?m)^  (?:- )?'((?:[^']|'')+)'(?::|$)`)

// TestRulesFind: each line of a rule's sample is found by that rule, and each pattern of the rule has a line, so that
// no rule silently matches nothing.
func TestRulesFind(t *testing.T) {
	findings := lintSamples(t)
	rules, err := filepath.Glob("styles/Vaultseal/*.yml")
	if err != nil || len(rules) == 0 {
		t.Fatalf("rules: %d, %v", len(rules), err)
	}
	for _, rule := range rules {
		name := strings.TrimSuffix(filepath.Base(rule), ".yml")
		sample := read(t, filepath.Join("testdata", name+".md"))
		for i, line := range strings.Split(sample, "\n") {
			found := func(finding string) bool {
				fields := strings.SplitN(finding, ":", 5)
				return fields[0] == name+".md" && fields[1] == strconv.Itoa(i+1) && fields[3] == "Vaultseal."+name
			}
			if line != "" && !slices.ContainsFunc(findings, found) {
				t.Errorf("%s: nothing is found in %q", name, line)
			}
		}
		for _, match := range pattern.FindAllStringSubmatch(read(t, rule), -1) {
			expression := "(?im)" + strings.ReplaceAll(match[1], "''", "'")
			if !regexp.MustCompile(expression).MatchString(sample) {
				t.Errorf("%s: the sample lacks a line with %s", name, match[1])
			}
		}
	}
}

// TestGoodPage: code, tables, links and words that contain one of the rules' are left alone.
func TestGoodPage(t *testing.T) {
	for _, finding := range lintSamples(t) {
		if strings.HasPrefix(finding, "good.md:") {
			t.Error(finding)
		}
	}
	for _, finding := range checkLines("good.md", read(t, "testdata/good.md")) {
		t.Error(finding)
	}
}

func TestLines(t *testing.T) {
	wide := strings.Repeat("word ", 20) + "."
	for text, want := range map[string]int{
		wide:                                  1,
		"- " + wide:                           1,
		"One sentence. And another.":          1,
		"It ends with `code`. `more` does":    1,
		"A page. [One](a.md) more.":           1,
		"**Bold.** Then more.":                1,
		"```text\n" + wide + "\n```\n" + wide: 1,
		"1. One sentence, e.g. this one.":     0,
		"# " + wide:                           0,
		"| a | " + wide + " Two. Three. |":    0,
		"[text](" + wide + ")":                0,
		"Version 1.2 of Vault.":               0,
	} {
		if found := checkLines("page.md", text); len(found) != want {
			t.Errorf("%q: %q", text, found)
		}
	}
}

// TestComments: of a Go file only its comments are read, each on its line.
func TestComments(t *testing.T) {
	const source = `//go:build linux

// Package p mends.
package p

var text = "whoever" // somebody

/*
anew
*/
func f() {}
`
	got := string(readable("p.go", []byte(source)))
	if want := "\n\nPackage p mends.\n\n\nsomebody\n\n\nanew\n\n\n"; got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	got = string(readable("p.sh", []byte("#!/bin/sh\n# anew\necho a#b # mend\n")))
	if want := "\nanew\nmend\n"; got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if name := textName("a/p.go"); fileName(name) != "a/p.go" || filepath.Ext(name) != ".md" {
		t.Errorf("a/p.go is read as %s", name)
	}
}

// TestFiles: each kind of text is among those that are checked.
func TestFiles(t *testing.T) {
	files, err := prose(t.Context(), root, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{
		"README.md", reference, messages, "internal/engine/rotate.go", "test/scripts/set.txtar", "hack/krew.sh",
		"Makefile",
	} {
		if !slices.Contains(files, file) {
			t.Errorf("%s is not checked", file)
		}
	}
}

func lintSamples(t *testing.T) []string {
	t.Helper()
	binary, err := buildVale(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	findings, err := lint(t.Context(), binary, "testdata", "warning")
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
