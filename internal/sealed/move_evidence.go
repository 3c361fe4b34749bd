package sealed

import (
	"encoding/json"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// MoveEvidence is what the metadata of a Secret tells about a change of its name or namespace after it was sealed.
// Everyone who may edit the Secret can write it, so it is for messages only and decides nothing.
type MoveEvidence struct {
	// By is what may have changed them, such as "Kustomize"; empty: not known.
	By string
	// Shown is what shows that: "label app.kubernetes.io/managed-by".
	Shown string
	// From is where the Secret may have been before: a name, a namespace or both. Zero: not known.
	From Place
}

// MoveEvidence returns the strongest evidence: what names another place first, then the tools that change names.
func (s Secret) MoveEvidence() MoveEvidence {
	if s.meta == nil {
		return MoveEvidence{}
	}
	for _, find := range []func(*metav1.ObjectMeta) MoveEvidence{copyEvidence, kustomizeEvidence, toolEvidence} {
		if evidence := find(s.meta); evidence.By != "" {
			return evidence
		}
	}
	return MoveEvidence{}
}

// copyEvidence finds annotations that name an object with another name or namespace.
func copyEvidence(meta *metav1.ObjectMeta) MoveEvidence {
	for _, one := range []struct {
		annotation, by string
		read           func(text string) Place
	}{
		{LastAppliedAnnotation, "a copy", appliedPlace},
		{"reflector.v1.k8s.emberstack.com/reflects", "a copy by Reflector", slashedPlace},
		{"replicator.v1.mittwald.de/replicate-from", "a copy by kubernetes-replicator", slashedPlace},
		{"argocd.argoproj.io/tracking-id", "a copy", argoPlace},
		{"kapp.k14s.io/identity", "a copy", kappPlace},
	} {
		from := one.read(meta.Annotations[one.annotation])
		if from.Name != "" && from.Name != meta.Name || from.Namespace != "" && from.Namespace != meta.Namespace {
			return MoveEvidence{By: one.by, Shown: "annotation " + one.annotation, From: from}
		}
	}
	return MoveEvidence{}
}

// appliedPlace is the place in the copy that kubectl apply keeps.
func appliedPlace(text string) Place {
	var applied struct {
		Metadata struct{ Name, Namespace string } `json:"metadata"`
	}
	if json.Unmarshal([]byte(text), &applied) != nil {
		return Place{}
	}
	return validPlace(applied.Metadata.Namespace, applied.Metadata.Name)
}

// slashedPlace reads NAMESPACE/NAME.
func slashedPlace(text string) Place {
	namespace, name, _ := strings.Cut(text, "/")
	return validPlace(namespace, name)
}

// argoPlace reads APPLICATION:GROUP/KIND:NAMESPACE/NAME.
func argoPlace(text string) Place {
	parts := strings.Split(text, ":")
	return slashedPlace(parts[len(parts)-1])
}

// kappPlace reads v1;NAMESPACE/GROUP/KIND/NAME;VERSION.
func kappPlace(text string) Place {
	parts := strings.Split(text, ";")
	if len(parts) != 3 {
		return Place{}
	}
	object := strings.Split(parts[1], "/")
	return validPlace(object[0], object[len(object)-1])
}

// validPlace is a place without names that Kubernetes refuses.
func validPlace(namespace, name string) Place {
	if len(validation.IsDNS1123Label(namespace)) > 0 {
		namespace = ""
	}
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		name = ""
	}
	return Place{Namespace: namespace, Name: name}
}

const managedByLabel = "app.kubernetes.io/managed-by"

// nameHash is the suffix that Kustomize gives to what its generators make.
var nameHash = lazyregexp.New(`^(.+)-[2456789bcdfghkmt]{10}$`)

// kustomizeEvidence finds what Kustomize leaves, with buildMetadata or by Flux. Its transformations name the fields
// that changed.
func kustomizeEvidence(meta *metav1.ObjectMeta) MoveEvidence {
	const transformations = "alpha.config.kubernetes.io/transformations"
	var fields []string
	for _, one := range []struct{ transformer, field string }{
		{"PrefixTransformer", "namePrefix"}, {"SuffixTransformer", "nameSuffix"},
		{"NamespaceTransformer", "namespace"},
	} {
		if strings.Contains(meta.Annotations[transformations], one.transformer) {
			fields = append(fields, one.field)
		}
	}
	if len(fields) > 0 {
		by := "Kustomize (" + strings.Join(fields, ", ") + ")"
		return MoveEvidence{By: by, Shown: "annotation " + transformations}
	}
	for _, annotation := range []string{transformations, "config.kubernetes.io/origin"} {
		if meta.Annotations[annotation] != "" {
			return MoveEvidence{By: "Kustomize", Shown: "annotation " + annotation}
		}
	}
	if strings.HasPrefix(meta.Labels[managedByLabel], "kustomize") {
		return MoveEvidence{By: "Kustomize", Shown: "label " + managedByLabel}
	}
	if meta.Labels["kustomize.toolkit.fluxcd.io/name"] != "" {
		return MoveEvidence{By: "Kustomize", Shown: "label kustomize.toolkit.fluxcd.io/name"}
	}
	if match := nameHash().FindStringSubmatch(meta.Name); match != nil {
		return MoveEvidence{By: "Kustomize (secretGenerator)", Shown: "the hash in the name",
			From: validPlace("", match[1])}
	}
	return MoveEvidence{}
}

// toolEvidence finds other tools that render or copy.
func toolEvidence(meta *metav1.ObjectMeta) MoveEvidence {
	namespace := validPlace(meta.Annotations["meta.helm.sh/release-namespace"], "").Namespace
	for _, one := range []struct {
		by, label, annotation, value string // empty value: any
	}{
		{by: "Helm", annotation: "meta.helm.sh/release-name"},
		{by: "Helm", label: "helm.toolkit.fluxcd.io/name"},
		{by: "Helm", label: managedByLabel, value: "Helm"},
		{by: "Helm", label: "helm.sh/chart"},
		{by: "Kustomize or Helm, run by Argo CD,", label: "argocd.argoproj.io/instance"},
		{by: "Kustomize or Helm, run by Argo CD,", annotation: "argocd.argoproj.io/tracking-id"},
		{by: "a restore by Velero", label: "velero.io/restore-name"},
		{by: "a copy by Kyverno", label: managedByLabel, value: "kyverno"},
	} {
		value, shown := meta.Labels[one.label], "label "+one.label
		if one.annotation != "" {
			value, shown = meta.Annotations[one.annotation], "annotation "+one.annotation
		}
		if value == "" || one.value != "" && value != one.value {
			continue
		}
		evidence := MoveEvidence{By: one.by, Shown: shown}
		if one.by == "Helm" {
			evidence.From.Namespace = namespace
		}
		return evidence
	}
	return MoveEvidence{}
}

const (
	// maxOrigins is the maximum number of places that Origins returns.
	maxOrigins = 64
	// maxNameParts is the maximum number of parts of a name that are combined.
	maxNameParts = 8
)

// Origins returns other places where the Secret may have been sealed with its scope, the likeliest first: what the
// evidence says, then parts of the name, as left without a prefix and a suffix, in its namespace and in "default".
func (s Secret) Origins() []Place {
	evidence := s.MoveEvidence()
	namespaces := distinct(s.Namespace, evidence.From.Namespace, "default")
	names := []string{s.Name}
	switch s.Scope {
	case Strict:
		names = distinct(append([]string{evidence.From.Name, s.Name}, partsOf(s.Name)...)...)
	case NamespaceWide:
	default:
		return nil
	}
	var places []Place
	for _, namespace := range namespaces {
		for _, name := range names {
			if name != s.Name || namespace != s.Namespace {
				places = append(places, Place{Namespace: namespace, Name: name})
			}
		}
	}
	return places[:min(len(places), maxOrigins)]
}

// partsOf returns what is left of a name without a prefix and a suffix that end and begin with a separator, the longest
// first.
func partsOf(name string) []string {
	var starts, ends []int
	for at := range len(name) {
		if name[at] == '-' || name[at] == '.' {
			starts, ends = append(starts, at+1), append(ends, at)
		}
	}
	starts, ends = append([]int{0}, starts...), append(ends, len(name))
	if len(starts) > maxNameParts {
		starts, ends = starts[:maxNameParts], ends[len(ends)-maxNameParts:]
	}
	var parts []string
	for _, start := range starts {
		for _, end := range ends {
			if end > start && len(validation.IsDNS1123Subdomain(name[start:end])) == 0 {
				parts = append(parts, name[start:end])
			}
		}
	}
	slices.SortStableFunc(parts, func(a, b string) int { return len(b) - len(a) })
	return parts
}

// distinct returns the texts without empty ones and repetitions.
func distinct(texts ...string) []string {
	var kept []string
	for _, text := range texts {
		if text != "" && !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}
