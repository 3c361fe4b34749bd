// Package compatibility lists the versions of servers that were tested. docs/compatibility.md says which tests were
// run, or what was tried by hand, and what to expect of other versions.
package compatibility

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
)

// Tested lists minor versions of a server, such as 1.37.
type Tested []string

// Kubernetes returns the versions of Kubernetes that the tests were run with. When you run them with another version,
// add it here and to Page.
func Kubernetes() Tested { return Tested{"1.34", "1.35", "1.36", "1.37"} }

// Vault returns the versions of Vault that the tests were run with.
func Vault() Tested { return Tested{"1.21"} }

// OpenBao returns the versions of OpenBao that were tried by hand.
func OpenBao() Tested { return Tested{"2.6"} }

// Product returns the tested versions of the server with that name, Vault or OpenBao. Without a name the server is one
// of the two, and no version is covered.
func Product(name string) Tested {
	switch name {
	case "Vault":
		return Vault()
	case "OpenBao":
		return OpenBao()
	}
	return Tested{"Vault " + Vault().String(), "OpenBao " + OpenBao().String()}
}

// Page describes the tests and the versions.
const Page = "https://github.com/vaultseal/kubectl-vaultseal/blob/main/docs/compatibility.md"

// Covers reports whether a version, such as v1.37.2 or 1.21.1+ent, belongs to a listed minor version.
func (t Tested) Covers(text string) bool {
	parsed, err := version.ParseGeneric(text)
	return err == nil && slices.Contains(t, fmt.Sprintf("%d.%d", parsed.Major(), parsed.Minor()))
}

func (t Tested) String() string { return strings.Join(t, ", ") }
