package plugin

import (
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/delivery"
)

// filesHint is about one error of internal/delivery, without those that it wraps.
func filesHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *delivery.UnknownSecretError:
		return "add --sealed=DIR=" + e.Secret + ", where DIR is the path at which the Secret's volume is mounted"
	case *delivery.MissingEntryError:
		if len(e.Entries) == 0 {
			return "the volume is empty: check the Secret, and the items of its volume"
		}
		return "the volume has " + strings.Join(e.Entries, ", ") + ": check the Secret, and the items of its volume"
	case *delivery.EnvValueError:
		return "change the value, mount it as a file, or inject the workload with --env=exec, which takes all values " +
			"without a NUL"
	case *delivery.NoSpaceError:
		return "raise the sizeLimit of the volume: while files are switched it holds the old and the new ones"
	}
	return ""
}

// pinnedHint is about ciphertext that does not open with the key and scope of the command line.
func pinnedHint() string {
	return "the Secret has another transit key, scope, name or namespace than the command line says, or it was " +
		"altered: correct --sealed or --namespace, or seal the Secret again"
}
