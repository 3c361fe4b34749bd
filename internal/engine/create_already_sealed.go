package engine

import (
	"fmt"
	"strings"
)

// ExistsError says that the request does not allow Create to change an existing Secret.
type ExistsError struct {
	Namespace, Name string
	// Unsealed are the names of its entries that are not sealed. With any, the request needs Adopt.
	Unsealed []string
	// Empty: it has no entries. Then the request needs Adopt too.
	Empty bool
}

func (e *ExistsError) Error() string {
	what := "is already sealed"
	switch {
	case e.Empty:
		what = "exists and is not sealed: it has no entries"
	case len(e.Unsealed) > 0:
		what = "exists and is not sealed: " + strings.Join(e.Unsealed, ", ")
	}
	return fmt.Sprintf("secret %s/%s %s", e.Namespace, e.Name, what)
}

// NeedsAdopt reports whether the request needs Adopt, in addition to Overwrite or Merge.
func (e *ExistsError) NeedsAdopt() bool { return e.Empty || len(e.Unsealed) > 0 }
