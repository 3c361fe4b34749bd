package plugin

import "github.com/vaultseal/kubectl-vaultseal/internal/merge"

// mergeRows are the errors of internal/merge.
func mergeRows() map[string]row {
	const decides = "git merge says how to decide"
	return map[string]row{
		"merge.ErrBothAdded":    noHint(decides, merge.ErrBothAdded),
		"merge.ErrBothChanged":  noHint(decides, merge.ErrBothChanged),
		"merge.ErrKeys":         noHint(decides, merge.ErrKeys),
		"merge.ErrMixed":        noHint(decides, merge.ErrMixed),
		"merge.ErrOtherBinding": noHint(decides, merge.ErrOtherBinding),
		"merge.ErrPlace":        noHint(decides, merge.ErrPlace),
		"merge.ErrRemoved":      noHint(decides, merge.ErrRemoved),
		"merge.ErrTwice":        noHint(decides, merge.ErrTwice),
		"merge.ErrUnreadable":   noHint(decides, merge.ErrUnreadable),
	}
}
