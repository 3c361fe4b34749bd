package architecture

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// linterRules are the parts of .golangci.yml that choose files.
type linterRules struct {
	Linters struct {
		Settings struct {
			Depguard struct {
				Rules map[string]struct {
					Files []string
				}
			}
		}
		Exclusions struct {
			Rules []struct {
				Path string
			}
		}
	}
}

// TestLinterRulesMatchFiles: a rule whose files have moved away would check nothing.
func TestLinterRulesMatchFiles(t *testing.T) {
	var rules linterRules
	if err := yaml.Unmarshal([]byte(read(t, ".golangci.yml")), &rules); err != nil {
		t.Fatal(err)
	}
	files := filesOf(t, isGo)
	seen := 0
	for name, rule := range rules.Linters.Settings.Depguard.Rules {
		for _, glob := range rule.Files {
			seen++
			if !slices.ContainsFunc(files, globPattern(t, glob).MatchString) {
				t.Errorf("depguard rule %s: no file matches %s", name, glob)
			}
		}
	}
	for _, rule := range rules.Linters.Exclusions.Rules {
		if rule.Path == "" {
			continue
		}
		for _, alternative := range alternatives(t, rule.Path) {
			seen++
			pattern, err := regexp.Compile(alternative)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(files, pattern.MatchString) {
				t.Errorf("exclusion: no file matches %s", alternative)
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d patterns were found in .golangci.yml", seen)
	}
}

// alternatives are what an expression such as (a|b) chooses from; of another expression, itself.
func alternatives(t *testing.T, expression string) []string {
	t.Helper()
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Op == syntax.OpCapture {
		parsed = parsed.Sub[0]
	}
	if parsed.Op != syntax.OpAlternate {
		return []string{expression}
	}
	var all []string
	for _, alternative := range parsed.Sub {
		all = append(all, alternative.String())
	}
	return all
}

// globPattern matches what a glob matches of a path that is relative to the root.
func globPattern(t *testing.T, glob string) *regexp.Regexp {
	t.Helper()
	expression := regexp.QuoteMeta(glob)
	expression = strings.NewReplacer(`\*\*/`, `(?:.*/)?`, `\*`, `[^/]*`).Replace(expression)
	pattern, err := regexp.Compile("^" + expression + "$")
	if err != nil {
		t.Fatal(err)
	}
	return pattern
}
