package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// leftOut stands for what may hold a name.
const leftOut = "(left out)"

// redactor replaces names by placeholders, the same one for the same name. What it does not know is left out.
type redactor struct {
	known map[kind][]string
}

func newRedactor() *redactor { return &redactor{known: map[kind][]string{}} }

// usualNames are those that vaultseal, Vault and Kubernetes give by themselves.
func usualNames() []string {
	return []string{"vaultseal", "vaultseal-reader", "vaultseal-rotator", "vaultseal-system", "default", "kube-system",
		"kubernetes", "jwt", "transit", "vault", "root", "auth/token/revoke-self", "auth/token/lookup-self",
		capabilitiesPath}
}

// placeholder returns what stands for a name.
func (r *redactor) placeholder(kind kind, text string) string {
	if text == "" || slices.Contains(usualNames(), text) {
		return text
	}
	n := slices.Index(r.known[kind], text)
	if n < 0 {
		n = len(r.known[kind])
		r.known[kind] = append(r.known[kind], text)
	}
	return string(kind) + "-" + strconv.Itoa(n+1)
}

// text is a phrase without the names of the user's.
func (r *redactor) text(p phrase) string {
	shown := make([]any, len(p.values))
	for n, value := range p.values {
		shown[n] = r.shown(value)
	}
	return fmt.Sprintf(p.format, shown...)
}

// shown returns what a redacted report shows of a value. A type that is not listed here is left out.
func (r *redactor) shown(value any) any {
	switch v := value.(type) {
	case int, time.Duration, word, fact, sealed.Scope, config.Source, config.Part:
		return v
	case number:
		return publicVersion(string(v))
	case name:
		return r.placeholder(v.kind, v.text)
	case names:
		shown := make([]string, len(v.texts))
		for n, text := range v.texts {
			shown[n] = r.placeholder(v.kind, text)
		}
		return v.join(shown)
	case transit.Key:
		return r.key(v.Mount, v.Name)
	case sealed.KeyTemplate:
		return r.template(v)
	case config.Account:
		return r.placeholder(aNamespace, v.Namespace) + "/" + r.placeholder(anAccountOf, v.Name)
	case vaultPath:
		return r.path(string(v))
	case workloadLabel:
		return r.label(string(v))
	case phrase:
		return r.text(v)
	case error:
		return r.problem(v)
	}
	return leftOut
}

func (r *redactor) key(mount, name string) string {
	return r.placeholder(aMount, mount) + "/" + r.placeholder(aTransitKey, name)
}

// template keeps whether each namespace has a key of its own.
func (r *redactor) template(template sealed.KeyTemplate) string {
	text := template.String()
	cut := strings.LastIndex(text, "/")
	if cut < 0 {
		return leftOut
	}
	if text[cut+1:] == "{namespace}" {
		return r.placeholder(aMount, text[:cut]) + "/{namespace}"
	}
	return r.key(text[:cut], text[cut+1:])
}

// vaultPath is a path of Vault's API.
type vaultPath string

var pathOfKey = lazyregexp.New(`^(.+)/(encrypt|decrypt|rewrap|keys)/([^/]+)(/rotate)?$`)

// path keeps the operation.
func (r *redactor) path(path string) string {
	if parts := pathOfKey().FindStringSubmatch(path); parts != nil {
		return r.placeholder(aMount, parts[1]) + "/" + parts[2] + "/" + r.placeholder(aTransitKey, parts[3]) + parts[4]
	}
	return r.placeholder("path", path)
}

// workloadLabel is KIND/NAME of a workload.
type workloadLabel string

// label keeps the kind, which is one of Kubernetes'.
func (r *redactor) label(label string) string {
	kinds := []string{"cronjob", "daemonset", "deployment", "job", "pod", "replicaset", "replicationcontroller",
		"statefulset"}
	if kind, name, _ := strings.Cut(label, "/"); slices.Contains(kinds, kind) {
		return kind + "/" + r.placeholder(aWorkloadOf, name)
	}
	return r.placeholder(aWorkloadOf, label)
}

// versionForm is what versions of Kubernetes and Vault look like, with the endings of known products.
var versionForm = lazyregexp.New(`^v?\d{1,4}\.\d{1,4}\.\d{1,6}` +
	`(-gke\.\d+|-eks-[0-9a-f]{1,12}|\+k3s\d+|\+rke2r\d+|\+ent(\.hsm)?|-(alpha|beta|rc)\.?\d+)?`)

// publicVersion is a version without an ending that its builder chose.
func publicVersion(version string) string {
	if form := versionForm().FindString(version); form != version {
		return form + leftOut
	}
	return version
}

// problem is what can be said of an error without the names in it.
func (r *redactor) problem(err error) string {
	var told teller
	if errors.As(err, &told) {
		return r.text(told.phrase())
	}
	if words := publicWords(err); len(words) > 0 {
		return strings.Join(words, ": ")
	}
	return "an error " + leftOut
}
