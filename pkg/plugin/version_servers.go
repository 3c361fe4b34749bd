package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// versionTimeout bounds a question for a version where --request-timeout does not.
const versionTimeout = 5 * time.Second

// serverVersions are what asking both servers came to.
type serverVersions struct{ kubernetes, vault serverVersion }

// serverVersion is the version of one, or why it is unknown, or what went wrong. With an error, unknown says it in
// place of the error where the other server's error is the same.
type serverVersion struct {
	version string
	product transit.Product // of Vault's
	unknown string
	err     error
}

// askVersions asks those that are configured, both at once. No token is needed, and none is requested.
func (g *globals) askVersions(ctx context.Context) serverVersions {
	var found serverVersions
	timeout := cmp.Or(g.timeout, versionTimeout)
	restConfig, core, _, err := g.clusterClient()
	if err != nil {
		found.kubernetes.err = err
		var none *kube.NoServerError
		if errors.As(err, &none) && none.NoKubeconfig {
			found.kubernetes = serverVersion{unknown: err.Error()}
		}
		sources := g.sources(ctx, nil)
		sources.ConfigMap = noConfigMap
		found.vault = g.askVaultVersion(ctx, sources, timeout)
		return found
	}
	inTime, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var asked sync.WaitGroup
	asked.Go(func() {
		found.kubernetes.version, found.kubernetes.err = kube.ServerVersion(inTime, restConfig.Host, core.RESTClient())
	})
	sources := g.sources(ctx, core)
	read := sources.ConfigMap
	sources.ConfigMap = func(context.Context) (map[string]string, error) { return read(inTime) }
	found.vault = g.askVaultVersion(ctx, sources, timeout)
	asked.Wait()
	if found.kubernetes.err != nil && found.vault.unknown != "" {
		found.vault.err = nil
	}
	return found
}

func noConfigMap(context.Context) (map[string]string, error) { return nil, nil }

// askVaultVersion finds Vault as other commands do. One whose address is not the ConfigMap's is asked although that
// cannot be read: nothing is sent that another Vault must not see.
func (g *globals) askVaultVersion(ctx context.Context, sources config.Sources, timeout time.Duration) serverVersion {
	var unread error
	read := sources.ConfigMap
	sources.ConfigMap = func(ctx context.Context) (data map[string]string, _ error) {
		data, unread = read(ctx)
		return data, nil
	}
	settings, err := config.Load(ctx, sources, config.Needs{Part: config.Sealer, NoLogin: true})
	var missing *config.MissingError // the address, or a token, which is not needed
	switch {
	case err != nil && !errors.As(err, &missing):
		return serverVersion{err: err}
	case settings.Vault.Address.Given():
	case unread != nil:
		return serverVersion{
			unknown: "its address may be in the cluster's ConfigMap, which cannot be read",
			err:     fmt.Errorf("read ConfigMap %s/%s: %w", sources.Namespace, config.ConfigMapName, unread),
		}
	case missing != nil && missing.UnverifiedServer != "":
		return serverVersion{unknown: missing.Error()}
	default:
		return serverVersion{unknown: "its address is not configured"}
	}
	client, err := g.vaultClient(ctx, settings, timeout)
	if err != nil {
		return serverVersion{err: err}
	}
	health, err := client.Health(ctx)
	if err == nil && health.Version == "" {
		return serverVersion{unknown: "it does not say"}
	}
	return serverVersion{version: health.Version, product: health.Product, err: err}
}

// failure is what the command ends with: one error for both, with the hints of both, and the code that fits.
func (s serverVersions) failure(ctx context.Context) error {
	kubernetes, vault := s.kubernetes.err, s.vault.err
	if kubernetes == nil || vault == nil {
		return cmp.Or(kubernetes, vault)
	}
	code := exitCode(ctx, kubernetes)
	if other := exitCode(ctx, vault); other != code {
		code = exitFailed
	}
	return newReportError(code, both(kubernetes, vault), bothHints(kubernetes, vault))
}

func bothHints(one, other error) string {
	hints := hint(one)
	if more := hint(other); more != "" && hints != "" && more != hints {
		return hints + "\n" + more
	}
	return cmp.Or(hints, hint(other))
}
