package test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// piece is a piece of metadata that a tenant can write.
type piece struct {
	name    string
	matters bool // all commands meet all its values, also in the short form
	known   bool // the plugin reads it, and so all its values are put there
	tried   bool // opening and rewrapping may try the key that it names
	put     func(v *victim, value string)
}

// someValues is how few of the values are put where the plugin reads nothing of its own: each fifth.
const someValues = 5

// meets reports whether a value is put into the piece.
func (p piece) meets(turn int) bool {
	return p.matters || p.known || long() || turn%someValues == 0
}

// share are the commands that a value meets, of those about Secrets with one entry (kind 1) or with more.
func (p piece) share(commands []walkCommand, kind int, a attempt) []walkCommand {
	switch {
	case p.matters || long():
		return commands
	case kind != a.turn/someValues%2:
		return nil
	case !a.hostile:
		return commands[:1]
	}
	return []walkCommand{commands[a.turn%len(commands)]}
}

// victim is a Secret before it is made.
type victim struct {
	*corev1.Secret

	entries []string          // that are sealed for this place
	values  map[string]string // other values
	manager string            // of the fields
	applied bool              // by server-side apply
	file    string            // that a manifest is in; empty: any
}

// pieces are all of them.
func pieces(t *testing.T) []piece {
	t.Helper()
	all := []piece{
		{name: "type", known: true, put: func(v *victim, value string) { v.Type = corev1.SecretType(value) }},
		{name: "name", known: true, put: func(v *victim, value string) { v.Name = value }},
		{name: "entry", known: true, put: func(v *victim, value string) { v.entries = append(v.entries, value) }},
		{name: "value", known: true, put: func(v *victim, value string) { v.values["c"] = value }},
		{name: "owner", put: func(v *victim, value string) {
			v.OwnerReferences = []metav1.OwnerReference{{APIVersion: "vaultseal.dev/v1", Kind: "TransitKey",
				Name: value, UID: "0"}}
		}},
		{name: "owner's kind", put: func(v *victim, value string) {
			v.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: value, Name: "vaultseal", UID: "0"}}
		}},
		{name: "finalizer", put: func(v *victim, value string) { v.Finalizers = []string{"vaultseal.dev/" + value} }},
		{name: "field manager", put: func(v *victim, value string) { v.manager = value }},
		{name: "field manager that applies", put: func(v *victim, value string) { v.manager, v.applied = value, true }},
		{name: "immutable", put: func(v *victim, value string) {
			immutable := value != ""
			v.Immutable = &immutable
		}},
		{name: "all annotations", known: true, put: func(v *victim, value string) {
			for _, name := range metadataNames(t) {
				if name != "vaultseal.dev/transit-key" && name != "vaultseal.dev/scope" {
					v.Annotations[name] = value
				}
			}
		}},
	}
	matter := map[string]bool{"vaultseal.dev/transit-key": true, "vaultseal.dev/scope": true}
	known := map[string]bool{"vaultseal.dev/type": true, "vaultseal.dev/sealed": true}
	for _, name := range metadataNames(t) {
		all = append(all,
			piece{name: "annotation " + name, matters: matter[name], known: known[name],
				tried: name == "vaultseal.dev/transit-key",
				put:   func(v *victim, value string) { v.Annotations[name] = value }},
			piece{name: "label " + name, known: known[name],
				put: func(v *victim, value string) { v.Labels[name] = value }})
	}
	return all
}

// hostile are the values that are put into each piece of metadata. The API server refuses some of them.
func (n tenant) hostile() []string {
	return []string{
		"", "true", "Strict", "strict", "namespace-wide", "cluster-wide",
		"transit/" + n.other + "-derived", // another team's key
		n.other + "-derived",
		"transit/" + n.namespace, // a key of the team that is not the configured one, and not derived
		n.engine + "/app",        // another engine
		"transit/{namespace}-derived", "{namespace}",
		"transit/../sys/policies/acl/root", "../" + n.engine + "/keys/app", "transit/%2e%2e%2fsys",
		"kube-system/default", "vaultseal-system/vaultseal-rotator", "token", "https://kubernetes.default.svc",
		n.decoy.address,
		"\x1b]0;t\x07\x1b[2J\nvault-addr: " + n.decoy.address + "\r\n\u202e",
		fmt.Sprintf(`{"vault-addr":%q,"transit-key":"transit/%s-derived","audience":"https://kubernetes.default.svc"}`,
			n.decoy.address, n.other),
		strings.Repeat("transit/", 500) + "x", strings.Repeat("x", 63),
		"kubernetes.io/service-account-token", "Helm", "argocd",
		"vault:v1:" + strings.Repeat("QUFB", 20), "vault:v99999999999999999999:QUFB", "vault:v0:",
	}
}

// wellFormed reports whether a value is a transit key, whatever the plugin takes for one.
func wellFormed(value string) bool {
	mount, _, deep := strings.Cut(value, "/")
	if deep && (mount == "sys" || mount == "auth" || mount == "identity" || mount == "cubbyhole") {
		return false
	}
	for part := range strings.SplitSeq(value, "/") {
		if part == "" || part == "." || part == ".." ||
			strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
			return false
		}
	}
	return true
}

// namespaces are those with hostile names, labels and annotations.
func (w *walk) namespaces(t *testing.T) []metav1.ObjectMeta {
	t.Helper()
	var all []metav1.ObjectMeta
	for _, name := range []string{w.other + "-derived", "derived-" + w.other,
		w.mount + strings.Repeat("x", validation.DNS1123LabelMaxLength-len(w.mount))} {
		all = append(all, metav1.ObjectMeta{Name: name})
	}
	for i, value := range (tenant{walk: w, namespace: w.other}).hostile() {
		if !long() && i%someValues > 1 {
			continue
		}
		meta := metav1.ObjectMeta{Name: newName(), Annotations: map[string]string{}, Labels: map[string]string{}}
		for _, name := range metadataNames(t) {
			if len(value) < validation.LabelValueMaxLength {
				meta.Annotations[name] = value
			}
			if len(validation.IsValidLabelValue(value)) == 0 {
				meta.Labels[name] = value
			}
		}
		all = append(all, meta)
	}
	return all
}
