package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// configMap is how reading the cluster's ConfigMap went.
type configMap struct {
	forbidden bool
	unread    bool // the API server cannot be reached
}

// configuration loads as every command does, but goes on with what is known
// when something is missing.
func (e *examination) configuration(ctx context.Context) finding {
	var read configMap
	sources := e.Sources
	sources.ConfigMap = e.configMapReader(&read)
	sources.PlainServer = kube.PlainServer(e.cluster.Core)
	settings, err := config.Load(ctx, sources, config.Needs{Part: e.Part, TransitKey: true})
	var missing *config.MissingError
	if err != nil && !errors.As(err, &missing) {
		return e.unconfigured(err)
	}
	e.settings = settings
	if settings.Auth.Method.Value != transit.MethodToken || settings.Auth.Token() != "" {
		e.know(aConfiguration)
	}
	unusable := e.useVault()
	if unusable == nil {
		unusable = e.useKey()
	}
	switch {
	case unusable != nil:
		return e.unconfigured(unusable)
	case missing != nil:
		return e.incomplete(missing, read)
	}
	found := ok("%s", sentence(settings))
	if read.unread {
		found.worry("mend the way to the API server first", "the ConfigMap %s/%s could not be read and may say otherwise", sources.Namespace, config.ConfigMapName)
	}
	if read.forbidden {
		found.worry(readableHint(sources.Namespace), "the ConfigMap %s/%s may not be read and counts as absent", sources.Namespace, config.ConfigMapName)
	}
	if settings.AudienceIgnored {
		found.worry("specify the audience with --audience or VAULTSEAL_AUDIENCE; kubectl vaultseal setup removes the key if setup wrote it", "the ConfigMap's key audience is not used")
	}
	return found
}

// incomplete says what is missing. What the ConfigMap may hold is not known to
// be missing when the API server is not there to ask.
func (e *examination) incomplete(missing *config.MissingError, read configMap) finding {
	elsewhere := slices.ContainsFunc(missing.Settings, func(s config.Setting) bool { return s.Key != "" })
	switch {
	case elsewhere && read.unread:
		return skipped("not checked: it needs the API server for the ConfigMap %s/%s: %v", e.Sources.Namespace, config.ConfigMapName, missing)
	case elsewhere && read.forbidden:
		return e.failed(fmt.Errorf("%w; the ConfigMap %s/%s may not be read", missing, e.Sources.Namespace, config.ConfigMapName), missing.Hint(), readableHint(e.Sources.Namespace))
	}
	return e.failed(missing)
}

// unconfigured is for errors most of which name the source of a value.
func (e *examination) unconfigured(err error) finding {
	if e.Hint(err) == "" {
		return e.failed(err, "correct it where it comes from; kubectl vaultseal config view tells where values come from")
	}
	return e.failed(err)
}

// configMapReader reads the ConfigMap as the user; one that is absent or forbidden says nothing.
func (e *examination) configMapReader(read *configMap) func(context.Context) (map[string]string, error) {
	return func(ctx context.Context) (map[string]string, error) {
		if !e.known[anAPIServer] {
			read.unread = true
			return nil, nil
		}
		object, err := e.cluster.Core.ConfigMaps(e.Sources.Namespace).Get(ctx, config.ConfigMapName, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return nil, nil
		case apierrors.IsForbidden(err):
			read.forbidden = true
			return nil, nil
		case err != nil:
			return nil, kube.Classify(err)
		}
		return object.Data, nil
	}
}

func readableHint(namespace string) string {
	const name = config.ConfigMapName + "-config" // as setup calls them
	return fmt.Sprintf("let everybody read it: kubectl create role %s --verb=get --resource=configmaps --resource-name=%s -n %s", name, config.ConfigMapName, namespace) +
		fmt.Sprintf(" && kubectl create rolebinding %s --role=%s --group=system:authenticated -n %s", name, name, namespace)
}

// useVault makes the way to Vault, once it is known which one it is.
func (e *examination) useVault() error {
	if !e.settings.Vault.Address.Given() {
		return nil
	}
	vault, err := e.NewVault(e.settings.Vault)
	if err != nil {
		return err
	}
	e.vault = vault
	e.know(aVault)
	return nil
}

// useKey settles which transit key the namespace has.
func (e *examination) useKey() error {
	template := e.settings.TransitKey.Value
	if template.IsZero() || e.namespace() == "" && template.PerNamespace() {
		return nil
	}
	key, err := template.For(cmp.Or(e.namespace(), metav1.NamespaceDefault))
	if err != nil {
		return err
	}
	e.key = key
	e.know(aKeyName)
	return nil
}

// sentence tells the values that decide most, and who gave them.
func sentence(settings *config.Config) string {
	authority := "the system's CAs"
	if ca := settings.Vault.CA; ca.Given() {
		authority = fmt.Sprintf("CA %s (%s)", ca.Value, ca.Source)
	}
	return fmt.Sprintf("Vault %s (%s), transit key %s (%s), role %s (%s), %s",
		settings.Vault.Address.Value, settings.Vault.Address.Source,
		settings.TransitKey.Value, settings.TransitKey.Source,
		settings.Auth.Role.Value, settings.Auth.Role.Source, authority)
}
