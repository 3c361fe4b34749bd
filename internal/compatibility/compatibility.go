// Package compatibility says which servers the tests were run with. docs/compatibility.md says by which tests, and what
// is expected of others.
package compatibility

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
)

// Tested are minor versions of a server, as 1.37.
type Tested []string

// Kubernetes are the versions that the tests ran with. If you run them with another version, add it here and to Page.
func Kubernetes() Tested { return Tested{"1.34", "1.35", "1.36", "1.37"} }

// Vault is the same for Vault.
func Vault() Tested { return Tested{"1.21"} }

// Page tells more.
const Page = "https://github.com/vaultseal/kubectl-vaultseal/blob/main/docs/compatibility.md"

// Covers tells whether a version, as v1.37.2 or 1.21.1+ent, is of a minor version among them.
func (t Tested) Covers(text string) bool {
	parsed, err := version.ParseGeneric(text)
	return err == nil && slices.Contains(t, fmt.Sprintf("%d.%d", parsed.Major(), parsed.Minor()))
}

func (t Tested) String() string { return strings.Join(t, ", ") }
