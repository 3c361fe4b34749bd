package plugin

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// documentHint is about one error of internal/document, without those that it wraps.
func documentHint(err error) string {
	if _, isMember := err.(*document.MemberError); isMember { //nolint:errorlint // hint looks at each error
		return "use -o json or -o yaml to see nested values"
	}
	if err == document.ErrAlias || err == document.ErrOtherParts { //nolint:errorlint // hint looks at each error
		return "edit the whole document: kubectl vaultseal edit NAME ENTRY"
	}
	return ""
}
