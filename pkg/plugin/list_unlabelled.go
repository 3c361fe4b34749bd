package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// noteUnlabelled says, where nothing was in view, what might have been meant.
func (c *connection) noteUnlabelled(ctx context.Context, verb string, selection engine.Selection) {
	if selection.Discover || len(selection.Names) > 0 {
		return
	}
	found, err := c.Unlabelled(ctx, selection)
	if err != nil || found.Count == 0 {
		return // there is nothing to add
	}
	c.globals.note("%s, though not labelled: %s", looksSealed(found.Count), someOf(found.Names, found.Count))
	c.globals.hint(unlabelledHint(verb, wordsOf(selection), !c.config.TransitKey.Value.IsZero()))
}

func looksSealed(n int) string {
	if n == 1 {
		return "1 Secret looks sealed"
	}
	return fmt.Sprintf("%d Secrets look sealed", n)
}

// someOf lists names, and how many more there are.
func someOf(names []string, all int) string {
	text := strings.Join(names, ", ")
	if more := all - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
