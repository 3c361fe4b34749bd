package plugin

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// explain prints on stderr what the table does not contain: failures, skips, and what is left to others. One cause is
// one line.
func (o *rotateOptions) explain(report *engine.RotationReport, request engine.RotateRequest) {
	failed, broken, skipped, unsealed := newCauses("Secret"), newCauses("Secret"), newCauses("Secret"),
		newCauses("Secret")
	var managed, immutable, others []string
	engines := map[string]bool{}
	for _, secret := range report.Secrets {
		where := secret.Namespace + "/" + secret.Name
		switch secret.Status {
		case engine.Failed:
			if report.Summary.Total() > 1 { // the error says it otherwise
				addOne(failed, secret, secret.Reason)
			}
		case engine.NotOpening:
			if report.Summary.Total() > 1 || !o.meant(request) {
				addOne(broken, secret, secret.Reason)
			}
		case engine.Managed:
			managed = append(managed, fmt.Sprintf("%s (%s)", where, secret.Reason))
		case engine.Immutable:
			immutable = append(immutable, where)
		case engine.OtherInstallation:
			others, engines[engineOf(secret.TransitKey)] = append(others, where), true
		case engine.Skipped:
			addOne(skipped, secret, fmt.Sprintf("secret %s skipped: %s", where, secret.Reason))
		}
		if secret.Status != engine.Skipped && len(secret.Unsealed) > 0 {
			unsealed.add(where, "", fmt.Sprintf("secret %s has entries that are not sealed, which were left alone: %s",
				where, someOf(secret.Unsealed, secret.UnsealedEntries)))
		}
	}
	for _, line := range append(failed.lines("not rewrapped"),
		unsealed.lines("have entries that are not sealed, which were left alone")...) {
		o.globals.warn("%s", line)
	}
	o.explainBroken(broken, request)
	for _, line := range skipped.lines("skipped") {
		o.globals.note("%s", line)
	}
	o.explainLeft(managed, immutable)
	if len(others) > 0 {
		o.globals.note("%s", otherInstallationNote(others, engines))
	}
	o.explainRestarts(report)
	o.explainKeys(report, request)
}

// explainRestarts tells once that controllers may restart workloads, although no value has changed.
func (o *rotateOptions) explainRestarts(report *engine.RotationReport) {
	if report.Restarts == nil {
		return
	}
	may := "their workloads may restart now"
	switch {
	case report.DryRun:
		may = "their workloads may restart then"
	case o.selection.manifests.given():
		may = "their workloads may restart when you apply them"
	}
	o.globals.note("%s rewrapped with an annotation that restarts workloads (%s): %s, although no value has "+
		"changed: %s",
		count(report.Restarts.Secrets, "Secret"), strings.Join(report.Restarts.Annotations, ", "), may,
		someOf(report.Restarts.First, report.Restarts.Secrets))
}

// meant reports whether the Secrets in view were named, or stand in files that were: that one does not open is an error
// then.
func (o *rotateOptions) meant(request engine.RotateRequest) bool {
	return len(request.Names) > 0 || o.selection.manifests.given()
}

// explainBroken says which Secrets of a list do not open where they are.
func (o *rotateOptions) explainBroken(broken *causes, request engine.RotateRequest) {
	lines := broken.lines("left as they are")
	for _, line := range lines {
		o.globals.warn("%s", line)
	}
	if len(lines) > 0 && !o.meant(request) {
		o.globals.hint(rotatePastBrokenHint(o.selection.words(request.Selection)))
	}
}

// addOne adds a Secret with the line for it alone. One in a file has a line of its own, which says the file.
func addOne(to *causes, secret engine.SecretRotation, line string) {
	where := secret.Namespace + "/" + secret.Name
	if secret.File != "" {
		line = secret.File + ": " + line
		to.add(where, line, line)
		return
	}
	to.add(where, causeOf(secret.Reason, where), line)
}

// otherInstallationNote says which Secrets are left to another installation.
func otherInstallationNote(names []string, engines map[string]bool) string {
	return fmt.Sprintf("%s left alone, as another installation has their transit keys, in %s: %s",
		count(len(names), "Secret"), firstOf(slices.Sorted(maps.Keys(engines))), firstOf(names))
}

// engineOf is the mount of a transit key.
func engineOf(key string) string {
	parsed, err := transit.ParseKey(key)
	if err != nil {
		return key
	}
	return parsed.Mount
}

// explainLeft says which Secrets were left to others, and what to do about them.
func (o *rotateOptions) explainLeft(managed, immutable []string) {
	if len(managed) > 0 {
		o.globals.note("left alone, as a tool would put the old ciphertext back: %s", firstOf(managed))
		o.globals.hint(leftManagedHint())
	}
	if len(immutable) > 0 {
		o.globals.note("left alone, as it is immutable: %s", firstOf(immutable))
		o.globals.hint(leftImmutableHint())
	}
}

// noneOpens is why a key that a Secret in view names is not rotated.
const noneOpens = "no entry in view opens with it"

// explainKeys says which keys were not rotated, and which Secrets may be stale now.
func (o *rotateOptions) explainKeys(report *engine.RotationReport, request engine.RotateRequest) {
	young, annotated, unproven, partly := newCauses("transit key"), newCauses("transit key"), newCauses("transit key"),
		[]string(nil)
	tooYoung := "its latest version is younger than " + o.ifOlderThan.String()
	if !request.IfCreatedBefore.IsZero() {
		tooYoung = "its latest version was not made before " + o.ifOlderThan.String()
	}
	for _, key := range report.Keys {
		switch {
		case key.Young:
			young.add(key.TransitKey, tooYoung, fmt.Sprintf("transit key %s was not rotated: %s", key.TransitKey,
				tooYoung))
		case key.Unproven:
			unproven.add(key.TransitKey, noneOpens, fmt.Sprintf("transit key %s was not rotated: %s", key.TransitKey,
				noneOpens))
		case !key.Rotated && !key.Owned && !request.RewrapOnly && key.ToVersion > 0:
			annotated.add(key.TransitKey, "only annotations name them. To rotate one too, add --transit-key MOUNT/NAME",
				fmt.Sprintf(
					"transit key %s was not rotated: only annotations name it. To rotate it too: kubectl vaultseal "+
						"rotate --transit-key %s%s",
					key.TransitKey, key.TransitKey, o.selection.words(request.Selection)))
		case key.Rotated && report.Partial && !report.DryRun:
			partly = append(partly, key.TransitKey)
		}
	}
	for _, causes := range []*causes{young, unproven, annotated} {
		for _, line := range causes.lines("not rotated") {
			o.globals.note("%s", line)
		}
	}
	if len(partly) > 0 {
		o.globals.note("Secrets under %s that were not in view may be stale now. To rewrap them: kubectl vaultseal "+
			"rotate --rewrap-only -A", firstOf(partly))
	}
}
