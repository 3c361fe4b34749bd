package plugin

import (
	"slices"
	"testing"
)

// TestFromSecretNamesTwice: a name that is given twice would be sealed, and then refused as sealed.
func TestFromSecretNamesTwice(t *testing.T) {
	o := &createOptions{live: fromSecretFlags{given: true}, writeFlags: writeFlags{dryRun: &dryRunFlag{}}}
	selection, err := o.checkFromSecret([]string{"two", "one", "two", "one", "three"})
	if want := []string{"two", "one", "three"}; err != nil || !slices.Equal(selection.Names, want) {
		t.Errorf("%q, %v", selection.Names, err)
	}
}
