package doctor

import (
	"cmp"
	"context"
	"errors"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// configMap is the result of reading the cluster's ConfigMap.
type configMap struct {
	absent    bool
	forbidden bool
	unread    bool // the API server cannot be reached
}

// configuration loads the configuration like every command, but continues with the known values if some are missing.
func (e *examination) configuration(ctx context.Context) finding {
	var read configMap
	sources := e.Sources
	sources.ConfigMap = e.configMapReader(&read)
	sources.UnverifiedServer = kube.UnverifiedServer(e.cluster.Core)
	settings, err := config.Load(ctx, sources, config.Needs{Part: e.Part, TransitKey: e.Workload == nil})
	var missing *config.MissingError
	if err != nil && !errors.As(err, &missing) {
		return failed(&ConfigurationError{err})
	}
	e.settings = settings
	e.actAsWorkload()
	if settings.Auth.Method.Value != transit.MethodToken || settings.Auth.Token() != "" {
		e.know(aConfiguration)
	}
	unusable := e.useVault()
	if unusable == nil {
		unusable = e.useKey()
	}
	switch {
	case unusable != nil:
		return failed(&ConfigurationError{unusable})
	case missing != nil:
		return e.incomplete(missing, read)
	}
	found := ok("%s", sentence(settings))
	if read.unread {
		found.worry(&ConfigMapError{Namespace: sources.Namespace})
	}
	if read.forbidden {
		found.worry(&ConfigMapError{Namespace: sources.Namespace, Forbidden: true})
	}
	if settings.AudienceIgnored {
		found.worry(ErrAudienceIgnored)
	}
	return found
}

// incomplete lists the missing values. If the API server cannot be reached, values that the ConfigMap may have are not
// missing.
func (e *examination) incomplete(missing *config.MissingError, read configMap) finding {
	elsewhere := slices.ContainsFunc(missing.Settings, missing.MayBeInConfigMap)
	switch {
	case elsewhere && read.unread:
		found := skipped("not checked: it needs the API server for the ConfigMap %s/%s: %v",
			name{aNamespace, e.Sources.Namespace}, word(config.ConfigMapName), missing)
		found.missing = anAPIServer
		return found
	case (read.absent || read.forbidden) && !e.settings.Vault.Address.Given() && e.settings.TransitKey.Value.IsZero():
		return failed(&NotSetUpError{Namespace: e.Sources.Namespace, Forbidden: read.forbidden})
	case elsewhere && read.forbidden:
		found := failed(missing)
		found.say("; no right to read the ConfigMap %s/%s", name{aNamespace, e.Sources.Namespace},
			word(config.ConfigMapName))
		found.problems = append(found.problems, &ConfigMapError{Namespace: e.Sources.Namespace, Forbidden: true})
		return found
	}
	return failed(missing)
}

// configMapReader reads the ConfigMap as the user. An absent or forbidden ConfigMap has no data.
func (e *examination) configMapReader(read *configMap) func(context.Context) (map[string]string, error) {
	return func(ctx context.Context) (map[string]string, error) {
		if !e.known[anAPIServer] {
			read.unread = true
			return nil, nil
		}
		object, err := e.cluster.Core.ConfigMaps(e.Sources.Namespace).Get(ctx, config.ConfigMapName,
			metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			read.absent = true
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

// useVault creates the Vault client, when the Vault is known.
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

// useKey determines the namespace's transit key.
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

// sentence describes the most important values and their sources.
func sentence(settings *config.Config) phrase {
	authority := say("the system's CAs")
	if ca := settings.Vault.CA; ca.Given() {
		authority = say("CA %s (%s)", name{aSubject, ca.Value.String()}, ca.Source)
	}
	return say("Vault %s (%s), transit key %s (%s), role %s (%s), %s",
		name{anAddress, settings.Vault.Address.Value}, settings.Vault.Address.Source,
		settings.TransitKey.Value, settings.TransitKey.Source,
		name{aRole, settings.Auth.Role.Value}, settings.Auth.Role.Source, authority)
}
