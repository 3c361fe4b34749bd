package plugin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// retired says what became of a key's old versions.
func retired(key engine.KeyRetirement, suffix string) string {
	switch {
	case key.State == engine.VersionsRetired:
		return fmt.Sprintf("%s: v%d is the oldest version that opens, no longer v%d", key.TransitKey, key.ToVersion,
			key.FromVersion)
	case key.State == engine.VersionsUnknown:
		return fmt.Sprintf("%s: it is not known whether v%d or v%d is the oldest version that opens: %s",
			key.TransitKey, key.FromVersion, key.ToVersion, key.Reason)
	case suffix != "" && key.Blocked == 0 && key.ToVersion > key.FromVersion:
		return fmt.Sprintf("%s: v%d would be the oldest version that opens, no longer v%d%s", key.TransitKey,
			key.ToVersion, key.FromVersion, suffix)
	}
	return fmt.Sprintf("%s: v%d stays the oldest version that opens: %s", key.TransitKey, key.FromVersion, key.Reason)
}

// mayBeRaised says which keys' versions may be raised although they should not, all of them, and how to set each
// back. The error is nil where there is none.
func mayBeRaised(report *engine.RotationReport) ([]string, error) {
	var first *engine.NotLoweredError
	var names, commands []string
	for _, key := range report.Retirements {
		var raised *engine.NotLoweredError
		if key.State == engine.VersionsUnknown && errors.As(key.Err, &raised) {
			if first == nil {
				first = raised
			}
			names, commands = append(names, key.TransitKey), append(commands, hint(raised))
		}
	}
	switch len(names) {
	case 0:
		return nil, nil
	case 1:
		return commands, first
	}
	return commands, fmt.Errorf("min_decryption_version of the transit keys %s may have been raised and could not be "+
		"set back: %w", strings.Join(names, ", "), first.Err)
}

// retirementError says which keys keep versions that should have been retired, or may have lost some that are needed.
func retirementError(report *engine.RotationReport, again string) error {
	hints, raised := mayBeRaised(report)
	code, errs := exitFailed, []error{}
	if raised != nil {
		errs = append(errs, raised)
	}
	failed := newCauses("transit key")
	var refused error
	blocked, managed := false, 0
	for _, key := range report.Retirements {
		if key.Err == nil || key.State == engine.VersionsUnknown {
			continue
		}
		if key.Blocked > 0 {
			errs = append(errs, fmt.Errorf("transit key %s: versions below v%d are not retired, as %s: %s",
				key.TransitKey, key.ToVersion, needed(key.Blocked), someOf(blockers(key), key.Blocked)))
			blocked = true
			managed += managedAmong(key.Blocking)
			continue
		}
		failed.add(key.TransitKey, strings.ReplaceAll(key.Err.Error(), key.TransitKey, "KEY"),
			fmt.Sprintf("transit key %s: versions below v%d are not retired: %v", key.TransitKey, key.ToVersion,
				key.Err))
		if refused == nil || denied(key.Err) {
			refused = key.Err
		}
	}
	for _, line := range failed.lines("not retired") {
		errs = append(errs, errors.New(line))
	}
	if len(errs) == 0 {
		return nil
	}
	if denied(refused) {
		code = exitDenied
	}
	if refused != nil && hint(refused) != "" {
		hints = append(hints, hint(refused))
	}
	if blocked {
		hints = append(hints, blockedHint(managed, again)...)
	}
	action := strings.Join(hints, "\n")
	if !blocked {
		action = thenFinish(action, again)
	}
	all := errs[0]
	for _, more := range errs[1:] {
		all = fmt.Errorf("%w; %w", all, more)
	}
	return newReportError(code, all, action)
}

// managedAmong is how many entries belong to a tool that would put the old ciphertext back.
func managedAmong(entries []engine.OlderEntry) int {
	n := 0
	for _, entry := range entries {
		if entry.ManagedBy != "" {
			n++
		}
	}
	return n
}

func needed(n int) string {
	if n == 1 {
		return "1 entry still needs them"
	}
	return fmt.Sprintf("%d entries still need them", n)
}

// blockers names the entries that need old versions, the first of them.
func blockers(key engine.KeyRetirement) []string {
	var names []string
	for _, entry := range key.Blocking[:min(len(key.Blocking), maxNamed)] {
		name := fmt.Sprintf("%s/%s entry %q (v%d", entry.Namespace, entry.Name, entry.Entry, entry.Version)
		if entry.ManagedBy != "" {
			name += ", managed by " + entry.ManagedBy
		}
		names = append(names, name+")")
	}
	return names
}
