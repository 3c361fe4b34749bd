package plugin

import (
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// retired says what became of a key's old versions.
func retired(key vaultseal.KeyRetirement, suffix string) string {
	switch {
	case key.Retired:
		return fmt.Sprintf("%s: v%d is the oldest version that opens, no longer v%d", key.TransitKey, key.ToVersion, key.FromVersion)
	case suffix != "" && key.Blocked == 0 && key.ToVersion > key.FromVersion:
		return fmt.Sprintf("%s: v%d would be the oldest version that opens, no longer v%d%s", key.TransitKey, key.ToVersion, key.FromVersion, suffix)
	}
	return fmt.Sprintf("%s: v%d stays the oldest version that opens: %s", key.TransitKey, key.FromVersion, key.Reason)
}

// retirementError says which keys keep versions that should have been retired.
func retirementError(report *vaultseal.RotationReport) error {
	var failed []error
	for _, key := range report.Retirements {
		switch {
		case key.Err == nil:
		case key.Blocked > 0:
			failed = append(failed, fmt.Errorf("transit key %s: versions below v%d are not retired, as %s: %s", key.TransitKey, key.ToVersion, needed(key.Blocked), someOf(blockers(key), key.Blocked)))
		default:
			failed = append(failed, fmt.Errorf("transit key %s: versions below v%d are not retired: %w", key.TransitKey, key.ToVersion, key.Err))
		}
	}
	if len(failed) == 0 {
		return nil
	}
	code, then := exitFailed, ""
	for _, key := range report.Retirements {
		switch {
		case denied(key.Err):
			code, then = exitDenied, hint(key.Err)
		case key.Blocked > 0 && then == "":
			then = "bring these up to date, as kubectl vaultseal verify -A shows, then run it again"
		}
	}
	all := failed[0]
	for _, more := range failed[1:] {
		all = fmt.Errorf("%w; %w", all, more)
	}
	return &reportError{code: code, err: all, hint: then}
}

func needed(n int) string {
	if n == 1 {
		return "1 entry still needs them"
	}
	return fmt.Sprintf("%d entries still need them", n)
}

// blockers names the entries that need old versions, the first of them.
func blockers(key vaultseal.KeyRetirement) []string {
	var names []string
	for _, entry := range key.Blocking[:min(len(key.Blocking), maxNamed)] {
		names = append(names, fmt.Sprintf("%s/%s entry %q (v%d)", entry.Namespace, entry.Name, entry.Entry, entry.Version))
	}
	return names
}
