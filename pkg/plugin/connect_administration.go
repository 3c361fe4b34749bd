package plugin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"k8s.io/client-go/dynamic"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// administration is what setup works with: the cluster and Vault as an administrator sees them.
type administration struct {
	globals   *globals
	namespace string // of the kubeconfig or -n
	config    *config.Config
	rest      *rest.Config
	core      corev1client.CoreV1Interface
}

// administer reads the configuration. The Vault token is the administrator's, so flags and environment specify the
// Vault; the cluster's ConfigMap is only compared. Without contact, it is not read.
func (g *globals) administer(ctx context.Context, contact bool) (*administration, error) {
	restConfig, core, namespace, err := g.clusterClient()
	if err != nil {
		return nil, err
	}
	sources := g.sources(ctx, core)
	if !contact {
		sources.ConfigMap = func(context.Context) (map[string]string, error) { return nil, nil }
	}
	settings, err := config.Load(ctx, sources, config.Needs{Part: config.Sealer, Setup: true})
	if err != nil {
		return nil, g.withVaultFlags(err)
	}
	if settings.Auth.Method.Value == transit.MethodToken {
		return nil, usagef("%s is token: setup creates a login method for users, kubernetes or jwt",
			settings.Auth.Method.Source)
	}
	return &administration{globals: g, namespace: namespace, config: settings, rest: restConfig, core: core}, nil
}

// vaultSession works with the administrator's own token, which is never revoked.
func (a *administration) vaultSession(ctx context.Context) (*transit.Client, *transit.Session, error) {
	token, _ := a.globals.process.LookupEnv(config.VaultToken.Env)
	if token == "" {
		ofOpenBao, _ := a.globals.process.LookupEnv(config.VaultToken.OpenBaoVariable())
		return nil, nil, newUsageError(
			errors.New("setup writes to Vault with your own token, and VAULT_TOKEN is not set"),
			vaultTokenHint(ofOpenBao != ""),
		)
	}
	client, err := a.globals.vaultClient(ctx, a.config, a.globals.timeout)
	if err != nil {
		return nil, nil, err
	}
	return client, client.NewSession(transit.Auth{Method: transit.MethodToken, Token: token}), nil
}

// dynamic is a client for objects of any kind.
func (a *administration) dynamic() (dynamic.Interface, error) { return dynamicClient(a.rest) }

// dynamicClient is a client for objects of any kind.
func dynamicClient(restConfig *rest.Config) (dynamic.Interface, error) {
	restConfig = rest.CopyConfig(restConfig)
	restConfig.ContentType, restConfig.AcceptContentTypes = "", "" // objects of any kind travel as JSON
	return dynamic.NewForConfig(restConfig)
}

// metadataClient gets objects with nothing but their metadata. client-go's own client for that registers types at the
// start of each command.
func metadataClient(restConfig *rest.Config) (dynamic.Interface, error) {
	restConfig = rest.CopyConfig(restConfig)
	restConfig.Wrap(func(next http.RoundTripper) http.RoundTripper { return metadataRequests{next} })
	return dynamicClient(restConfig)
}

// metadataRequests asks for lists of metadata.
type metadataRequests struct{ next http.RoundTripper }

func (m metadataRequests) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json")
	return m.next.RoundTrip(request)
}

func (a *administration) setup(installation setup.Installation, session *transit.Session) (*setup.Setup, error) {
	objects, err := a.dynamic()
	if err != nil {
		return nil, err
	}
	return &setup.Setup{Installation: installation, Vault: session, Keys: session, Core: a.core, Dynamic: objects,
		ReadIssuer: readIssuer, Now: time.Now}, nil
}

// address is where users find Vault: what the ConfigMap is to say.
func (a *administration) address(ctx context.Context) (map[string]string, error) {
	vault := a.config.Vault
	data := map[string]string{config.VaultAddr.Key: vault.Address.Value}
	if vault.Proxy.Value.HasUser() {
		a.globals.warn("the proxy's user and password are not written to the ConfigMap: each user sets " +
			"VAULTSEAL_VAULT_PROXY_URL")
	}
	for key, value := range map[string]string{
		config.VaultNamespace.Key:  vault.Namespace.Value,
		config.VaultServerName.Key: vault.TLSServerName.Value,
		config.VaultProxy.Key:      vault.Proxy.Value.String(),
	} {
		if value != "" {
			data[key] = value
		}
	}
	switch ca := vault.CA.Value; {
	case ca.Dir != "":
		return nil, usagef("%s names a directory: specify the CA's certificate with --vault-ca-cert", vault.CA.Source)
	case ca.File != "":
		pem, err := readPath(ctx, ca.File, maxCertificates)
		if err != nil {
			return nil, &config.ValueError{Source: vault.CA.Source, Err: err}
		}
		data[config.VaultCACert.Key] = string(pem)
	case len(ca.PEM) > 0:
		data[config.VaultCACert.Key] = string(ca.PEM)
	}
	return data, nil
}

// cluster is the API server as Vault reaches it, from the kubeconfig where flags say nothing else.
func (a *administration) cluster(ctx context.Context, host, caFile string) (setup.Cluster, error) {
	cluster := setup.Cluster{Host: host, CA: string(a.rest.CAData)}
	if host == "" {
		cluster.Host = strings.TrimSuffix(a.rest.Host, "/")
	}
	if caFile == "" && len(a.rest.CAData) == 0 {
		caFile = a.rest.CAFile
	}
	if caFile != "" {
		pem, err := readPath(ctx, caFile, maxCertificates)
		if err != nil {
			return cluster, usagef("the cluster's CA certificate: %w", err)
		}
		cluster.CA = string(pem)
	}
	if a.config.Auth.Method.Value != transit.MethodJWT {
		return cluster, nil
	}
	switch server := kube.UnverifiedServer(a.core); {
	case strings.HasPrefix(server, "http://"):
		return cluster, usagef("the API server at %s is called over plain http, so its signing keys could be "+
			"anyone's: use its https:// address", server)
	case server != "":
		return cluster, usagef("the API server's certificate is not verified (insecure-skip-tls-verify), so its " +
			"signing keys could be anyone's: specify its CA with certificate-authority in the kubeconfig, or " +
			"--certificate-authority")
	}
	var err error
	cluster.SigningKeys, err = setup.SigningKeys(ctx, a.core)
	return cluster, err
}
