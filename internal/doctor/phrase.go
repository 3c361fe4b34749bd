package doctor

import (
	"fmt"
	"strings"
	"time"
)

// phrase is a piece of a report: a text of the code, and the values in it. With --redact only values of types that say
// what they are get into the report: see redactor.shown.
type phrase struct {
	format string
	values []any
}

func say(format string, values ...any) phrase { return phrase{format, values} }

// String is the phrase for the user, with all values.
func (p phrase) String() string { return fmt.Sprintf(p.format, p.values...) }

// word is a text that is the same in every cluster, such as a verb or a type. It holds nothing that a stranger should
// not see.
type word string

// number is the version of a program, as the program says it.
type number string

// untold is a text that may quote names. A redacted report leaves it out.
type untold string

// moment is a time. It names nothing.
func moment(t time.Time) word { return word(t.Format(time.RFC3339)) }

// kind is what a name is the name of. A redacted report has it in place of the name.
type kind string

const (
	aNamespace  kind = "namespace"
	aHost       kind = "host"
	anAddress   kind = "address"
	aSecret     kind = "secret"
	anEntry     kind = "entry"
	aTransitKey kind = "transit-key"
	aMount      kind = "mount"
	aPolicy     kind = "policy"
	aRole       kind = "role"
	anAccountOf kind = "service-account"
	aUser       kind = "user"
	anAudience  kind = "audience"
	aSubject    kind = "certificate"
	aFile       kind = "file"
	aWorkloadOf kind = "workload"
	anImage     kind = "image"
	aProxy      kind = "proxy"
	aNode       kind = "node"
	aPlace      kind = "place"   // in a pod template
	aSetting    kind = "setting" // a value of a container's arguments
)

// name is the name of something of the user's.
type name struct {
	kind kind
	text string
}

func (n name) String() string { return n.text }

// names are several of one kind.
type names struct {
	kind  kind
	texts []string
	last  string // between the last two; empty: a comma
}

func (n names) String() string { return n.join(n.texts) }

func (n names) join(texts []string) string {
	if n.last != "" && len(texts) > 1 {
		return strings.Join(texts[:len(texts)-1], ", ") + n.last + texts[len(texts)-1]
	}
	return strings.Join(texts, ", ")
}

// phrases is a text of several pieces.
type phrases []phrase

func (p phrases) String() string {
	var text strings.Builder
	for _, one := range p {
		text.WriteString(one.String())
	}
	return text.String()
}

// teller is an error of this package, whose text says what each value is.
type teller interface {
	error
	phrase() phrase
}
