package workload

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Injection is what inject does to one workload.
type Injection struct {
	Edits []patch.Edit // in the document; none: nothing in the workload is sealed
	Notes []string     // about the workload, one line each
}

// injection is an Injection while it is made.
type injection struct {
	*template

	object    Object
	namespace string
	known     Known
	settings  Settings
	vault     Vault
	spec      *corev1.PodSpec
	specAt    patch.Path

	names   *names
	secrets map[string]Secret // the sealed ones, by name
	sources []*source
	writers []*writer
	added   []corev1.Volume

	variableArgs []string // of the first init container
	variables    int      // that are set from files
	memory       int64    // bytes of the size limits of added memory volumes
	binary       bool     // the binary is copied
	noOwner      []string // volumes whose owner is that of the image
	copied       []string // volumes with copies that become stale
	edits        []patch.Edit
	notes        []string
}

// Inject computes the edits that give the containers of a workload the values of sealed Secrets. The error is an
// *Error, or what Known returned.
func Inject(object Object, known Known, settings Settings) (*Injection, error) {
	if served := withdrawn()[object.Version]; served != "" &&
		(Object{Version: served, Kind: object.Kind}).IsWorkload() {
		return nil, object.fail(OldAPIVersion,
			fmt.Sprintf("Kubernetes does not serve %s any more: use %s", object.Version, served))
	}
	if !object.IsWorkload() {
		return &Injection{Notes: object.noteOtherKind(known, settings.Namespace)}, nil
	}
	t, err := object.readTemplate()
	if err != nil {
		return nil, err
	}
	i := &injection{
		template: t, object: object, namespace: object.Namespace(), known: known, settings: settings, spec: &t.Spec,
		specAt: t.at.With(key("spec")), secrets: map[string]Secret{},
	}
	if i.namespace == "" {
		i.namespace = settings.Namespace
	}
	if err := i.findSealed(); err != nil {
		return nil, err
	}
	if len(i.secrets) == 0 {
		return &Injection{Notes: i.notes}, nil
	}
	for _, step := range []func() error{
		i.refuse, i.takeNames, i.openVolumes, i.setVariables, i.addVolumes, i.addContainers,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	i.noteLimits()
	return &Injection{Edits: i.edits, Notes: i.notes}, nil
}

// findSealed asks which of the Secrets that the workload references are sealed.
func (i *injection) findSealed() error {
	names, outside := references(i.spec), outsiders(i.spec)
	if len(names)+len(outside) == 0 {
		return nil
	}
	if err := i.checkNames(names); err != nil {
		return err
	}
	var unknown []string
	for _, name := range names {
		secret, err := i.known.Secret(i.namespace, name)
		if err != nil {
			return err
		}
		switch {
		case secret.State == Sealed:
			err = i.addSecret(name, secret)
		case secret.State == Elsewhere:
			err = i.elsewhere("secret " + name)
		case i.object.before.Opens(name):
			err = i.fail(NotSealed, fmt.Sprintf("secret %s was sealed at the last inject, and now %s", name,
				secret.State.notSealed()))
		case secret.State == Unknown:
			unknown = append(unknown, name)
		default:
			i.noteLeft(name, secret.State)
		}
		if err != nil {
			return err
		}
	}
	i.noteOutsiders(outside)
	return i.refuseUnknown(unknown)
}

// refuseUnknown refuses to guess whether Secrets are sealed: containers would get ciphertext as if it were the value,
// and a note may go unread where a pipeline renders manifests.
func (i *injection) refuseUnknown(names []string) error {
	switch len(names) {
	case 0:
		return nil
	case 1:
		return i.fail(SecretUnknown, fmt.Sprintf("secret %s is not in the input, so it is not known whether it is "+
			"sealed", names[0]))
	}
	return i.fail(SecretUnknown, fmt.Sprintf("secrets %s are not in the input, so it is not known whether they are "+
		"sealed", strings.Join(names, ", ")))
}

// elsewhere refuses to ask the cluster in another namespace than the one that the user works in.
func (i *injection) elsewhere(what string) error {
	return i.fail(OtherNamespace, fmt.Sprintf("%s is not in the input, and this command asks the cluster only in "+
		"namespace %s: specify -n %s", what, i.settings.Namespace, i.namespace))
}

// addSecret checks what would be pinned of a sealed Secret.
func (i *injection) addSecret(name string, secret Secret) (err error) {
	if len(i.secrets) == 0 { // the first one: now Vault is needed
		if i.vault, err = i.known.Vault(); err != nil {
			return err
		}
	}
	if err := i.chooseKey(name, &secret); err != nil {
		return err
	}
	if !secret.Scope.Covers(i.settings.LeastScope) {
		return i.fail(WeakScope, fmt.Sprintf("secret %s has scope %s, and %s is required", name, secret.Scope,
			i.settings.LeastScope))
	}
	switch {
	case secret.ScopeChosen, secret.Scope == sealed.Strict:
	case secret.Scope == sealed.Unbound:
		i.note("secret %s is opened with scope unbound, because no annotation names a scope: its values could be of "+
			"any other Secret; --require-scope strict refuses it", name)
	default:
		i.note("secret %s is opened with scope %s, which its annotation names; --require-scope strict refuses it", name,
			secret.Scope)
	}
	i.secrets[name] = secret
	return nil
}

// chooseKey sets the transit key of a Secret that does not name one. Anyone who can edit a Secret can edit its
// annotations: without a scope, nothing else says that its values are its own, so another key than the configured one
// is not taken.
func (i *injection) chooseKey(name string, secret *Secret) error {
	if secret.KeyChosen {
		return nil
	}
	if i.vault.TransitKey.IsZero() {
		if secret.Key.IsZero() {
			return i.fail(NoKey, fmt.Sprintf("secret %s is sealed, and no annotation names its transit key", name))
		}
		return nil
	}
	configured, err := i.vault.TransitKey.For(i.namespace)
	switch {
	case err != nil && secret.Key.IsZero():
		return i.fail(NoKey, fmt.Sprintf("the transit key of secret %s: %v", name, err))
	case secret.Key.IsZero():
		secret.Key = configured
	case secret.Key == configured:
	case secret.Scope == sealed.Unbound && !secret.ScopeChosen:
		return i.fail(OtherKey, fmt.Sprintf("secret %s has an annotation that names transit key %s, which is not the "+
			"configured one, and no annotation that names a scope", name, secret.Key))
	default:
		i.note("secret %s is opened with transit key %s, which its annotation names; the configured one is another",
			name, secret.Key)
	}
	return nil
}

func (i *injection) isSealed(name string) bool {
	_, found := i.secrets[name]
	return found
}

func (i *injection) fail(kind ErrorKind, reason string) *Error {
	return i.object.fail(kind, reason)
}

func (i *injection) note(format string, args ...any) {
	i.notes = append(i.notes, fmt.Sprintf(format, args...))
}

func (i *injection) set(value any, at ...patch.Step) {
	i.edits = append(i.edits, patch.Edit{Op: patch.Set, At: i.specAt.With(at...), Value: value})
}

func (i *injection) insert(value any, at ...patch.Step) {
	i.edits = append(i.edits, patch.Edit{Op: patch.Insert, At: i.specAt.With(at...), Value: value})
}

func (i *injection) remove(at ...patch.Step) {
	i.edits = append(i.edits, patch.Edit{Op: patch.Remove, At: i.specAt.With(at...)})
}

// source is ciphertext that kubelet delivers as a volume.
type source struct {
	secret   string
	optional bool
	all      bool // entries; else the named ones
	entries  []string
	volume   string // its name
}

// need asks kubelet for an entry of a Secret; empty: for all of them.
func (i *injection) need(secret, entry string, optional bool) {
	at := slices.IndexFunc(i.sources, func(s *source) bool {
		return s.secret == secret && s.optional == optional && s.all == (entry == "")
	})
	if at < 0 {
		at = len(i.sources)
		i.sources = append(i.sources, &source{secret: secret, optional: optional, all: entry == ""})
	}
	if s := i.sources[at]; entry != "" && !slices.Contains(s.entries, entry) {
		s.entries = append(s.entries, entry)
		slices.Sort(s.entries)
	}
}

// argument writes a flag of the command files. kubelet expands $(NAME) in arguments: a dollar sign stands for itself if
// it is doubled.
func argument(name, value string) string { return "--" + name + "=" + escaped(value) }

func escaped(value string) string { return strings.ReplaceAll(value, "$", "$$") }
