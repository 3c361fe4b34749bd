package merge

import (
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// ageNote is an annotation about the age of a Secret that differs in the texts, and what is decided about it.
type ageNote struct {
	group      *group
	annotation string
	resolved   string
}

// ageNotesOf decides about the annotations of a Secret that both sides have. If both sides changed one, a Secret was
// sealed at the later time and expires at the earlier one. What is not decided is left to the merge of lines.
func ageNotesOf(g *group) []*ageNote {
	if !g.has(ours) || !g.has(theirs) {
		return nil
	}
	var notes []*ageNote
	for _, one := range []struct {
		annotation string
		better     func(a, b time.Time) bool
	}{{sealed.SealedAtAnnotation, time.Time.After}, {sealed.ExpiresAnnotation, time.Time.Before}} {
		text := func(s side) string {
			if !g.has(s) {
				return ""
			}
			return g.live[s].Annotations[one.annotation]
		}
		resolved := threeTimes(text(base), text(ours), text(theirs), one.better)
		if resolved != "" {
			notes = append(notes, &ageNote{g, one.annotation, resolved})
		}
	}
	return notes
}

// threeTimes merges the texts of a time; a side without it has an empty text. The result is empty if no side has it,
// or it is not decided. What only one side has removed is not decided.
func threeTimes(o, a, b string, better func(a, b time.Time) bool) string {
	switch {
	case a == b && o == a, o != "" && (a == "" || b == ""):
		return ""
	case a == b, o == b, b == "":
		return a
	case o == a, a == "":
		return b
	}
	ours, ourErr := sealed.ParseTime(a)
	theirs, theirErr := sealed.ParseTime(b)
	switch {
	case ourErr != nil && theirErr != nil:
		return ""
	case ourErr != nil:
		return b
	case theirErr != nil || better(ours, theirs) || ours.Equal(theirs) && a < b:
		return a
	}
	return b
}
