package manifest

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// actionsOf are the actions of a text that consists of actions only; nil: it has other text.
func actionsOf(text string) []string {
	var actions []string
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		length, ok := actionLength([]byte(rest))
		if !strings.HasPrefix(rest, "{{") || !ok {
			return nil
		}
		actions, rest = append(actions, rest[:length]), rest[length:]
	}
	return actions
}

// literalOf returns a text that is written in actions and that they print; empty: none. It returns a ciphertext only if
// there is no other text.
func literalOf(actions []string) string {
	found := ""
	for _, action := range actions {
		inner := strings.TrimSpace(strings.TrimSuffix(innerAction(action), "-"))
		if control().MatchString(inner) {
			continue
		}
		p := pipeline{rest: inner}
		for _, text := range p.texts() {
			if strings.TrimSpace(text) != "" && (found == "" || strings.HasPrefix(found, "vault:v")) {
				found = text
			}
		}
	}
	return found
}

// textFunction reports whether a function prints texts of its arguments, and does not change what they say. It does not
// print the first ones, which are skipped.
func textFunction(name string) (skipped int, ok bool) {
	switch name {
	case "quote", "squote", "b64enc", "trim", "print", "println", "printf", "toString", "default", "coalesce",
		"ternary", "or", "and", "upper", "lower", "toYaml", "toJson":
		return 0, true
	case "indent", "nindent", "required", "trimSuffix", "trimPrefix", "trimAll":
		return 1, true
	}
	return 0, false
}

// pipeline reads an action.
type pipeline struct {
	rest  string
	depth int // of parentheses
}

// maxDepth is that of parentheses. A text must not use up the stack.
const maxDepth = 100

// texts are those in the commands of a pipeline that it prints. It ends before a closing parenthesis.
func (p *pipeline) texts() []string {
	var all []string
	for {
		own, passes := p.command()
		if !passes {
			all = nil
		}
		all = append(all, own...)
		if !strings.HasPrefix(p.rest, "|") {
			return all
		}
		p.rest = p.rest[1:]
	}
}

// command are the texts in a command that it prints. passes reports whether it prints those that are piped to it too.
func (p *pipeline) command() (all []string, passes bool) {
	skipped, name := 0, ""
	for n := 0; ; n++ {
		p.rest = strings.TrimSpace(p.rest)
		if p.rest == "" || p.rest[0] == '|' || p.rest[0] == ')' {
			return all, passes
		}
		texts, word := p.operand()
		switch {
		case n == 0 && word != "":
			name = word
			skipped, passes = textFunction(name)
		case n == 1 && name == "printf":
			for _, text := range texts {
				all = append(all, withoutVerbs(text))
			}
		case name == "" || passes && n > skipped:
			all = append(all, texts...)
		}
	}
}

// operand are the texts of a string or of a pipeline in parentheses, or a word.
func (p *pipeline) operand() (texts []string, word string) {
	switch p.rest[0] {
	case '(':
		return p.group(), ""
	case '"', '`', '\'':
		length := quoteLength([]byte(p.rest))
		if length == 0 {
			length = len(p.rest)
		}
		text, err := strconv.Unquote(p.rest[:length])
		p.rest = p.rest[length:]
		if err != nil {
			return nil, ""
		}
		return []string{text}, ""
	}
	return nil, p.word()
}

// group are the texts of a pipeline in parentheses. Those of a field of its result are not known.
func (p *pipeline) group() []string {
	if p.depth == maxDepth {
		p.rest = ""
		return nil
	}
	p.depth++
	p.rest = p.rest[1:]
	texts := p.texts()
	p.depth--
	p.rest = strings.TrimPrefix(p.rest, ")")
	if strings.HasPrefix(p.rest, ".") {
		p.word()
		return nil
	}
	return texts
}

// word is what is not a string, a parenthesis or a pipe.
func (p *pipeline) word() string {
	end := strings.IndexFunc(p.rest, func(c rune) bool {
		return unicode.IsSpace(c) || strings.ContainsRune("|()\"`'", c)
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

var verb = lazyregexp.New(`%[^a-zA-Z%]*[a-zA-Z%]`)

// withoutVerbs is what a format of printf says itself; empty: only how its arguments are joined.
func withoutVerbs(format string) string {
	text := verb().ReplaceAllString(format, "")
	if !strings.ContainsFunc(text, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
		return ""
	}
	return text
}
