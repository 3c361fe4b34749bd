package plugin

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

const (
	// maxNamed is how many Secrets or transit keys a line names.
	maxNamed = 10
	// maxCauses is how many lines there are about failures of one kind.
	maxCauses = 20
)

// causes are things that went wrong with many Secrets or transit keys, so that each cause is one line.
type causes struct {
	noun   string // "Secret"
	groups []*causeGroup
	known  map[string]*causeGroup
}

type causeGroup struct {
	cause string
	only  string // what is said where it happened once
	names []string
	count int
}

func newCauses(noun string) *causes { return &causes{noun: noun, known: map[string]*causeGroup{}} }

// add notes that it happened to name, for a cause that does not say the name. Only is the line for one alone.
func (c *causes) add(name, cause, only string) {
	group := c.known[cause]
	if group == nil {
		group = &causeGroup{cause: cause, only: only}
		c.known[cause] = group
		c.groups = append(c.groups, group)
	}
	if group.count++; len(group.names) < maxNamed {
		group.names = append(group.names, name)
	}
}

// lines are a line a cause, in the order in which they turned up: "12 Secrets VERB: CAUSE: a/x, a/y and 10 more".
func (c *causes) lines(verb string) []string {
	var lines []string
	rest := 0
	for i, group := range c.groups {
		switch {
		case i >= maxCauses:
			rest += group.count
		case group.count == 1:
			lines = append(lines, group.only)
		default:
			what := count(group.count, c.noun) + " " + verb
			if group.cause != "" {
				what += ": " + group.cause
			}
			lines = append(lines, what+": "+someOf(group.names, group.count))
		}
	}
	if rest > 0 {
		lines = append(lines, fmt.Sprintf("%s more %s, for other reasons: -o json has them all",
			count(rest, c.noun), verb))
	}
	return lines
}

// counted is how often something happened for a cause.
func (c *causes) counted(cause string) int {
	if c == nil || c.known[cause] == nil {
		return 0
	}
	return c.known[cause].count
}

// repeated are the lines of what happened more than once.
func (c *causes) repeated(verb string) []string {
	often := newCauses(c.noun)
	for _, group := range c.groups {
		if group.count > 1 {
			often.groups = append(often.groups, group)
		}
	}
	return often.lines(verb)
}

// firstOf lists names, the first of them.
func firstOf(names []string) string { return someOf(names[:min(len(names), maxNamed)], len(names)) }

// causeOf is an error's text without the Secret that it is about, NAMESPACE/NAME, and its entries: the same for all
// Secrets that the same thing has happened to.
func causeOf(reason, where string) string {
	_, name, _ := strings.Cut(where, "/")
	text := strings.NewReplacer("secret "+where+": ", "", " secret "+where, "", `secrets "`+name+`" `, "secrets ").
		Replace(withoutOrigin(withoutEntries(reason)))
	var parts []string
	for _, part := range strings.Split(text, "; ") {
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

// withoutEntries takes out the names of entries, as in: rewrap secret a/b entry "x": denied.
func withoutEntries(text string) string {
	const before = ` entry `
	var kept strings.Builder
	for {
		at := strings.Index(text, before+`"`)
		if at < 0 {
			break
		}
		quoted, err := strconv.QuotedPrefix(text[at+len(before):])
		if err != nil {
			break
		}
		kept.WriteString(text[:at])
		text = text[at+len(before)+len(quoted):]
	}
	return kept.String() + text
}

// origin is the place that the entries of a Secret were sealed for.
var origin = lazyregexp.New(`, as secret [-a-z0-9.]+/[-a-z0-9.]+`)

// withoutOrigin takes it out: it differs from Secret to Secret where a tool has renamed them all.
func withoutOrigin(text string) string { return origin().ReplaceAllString(text, "") }
