package vaultseal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/validation"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Reader opens sealed Secrets for an application. It logs in to Vault when it opens the first Secret, and again when
// the Vault token has expired. Calls at the same time share one login. Close revokes the Vault token.
//
// A Reader is safe for concurrent use. It keeps no plaintext. Copies stay in the memory of the program until Go uses
// that memory for something else; nothing wipes them, because Go may have copied them elsewhere.
//
// Use errors.Is with this package's Err variables and the errors of the context, and errors.As with its error types. No
// error holds plaintext or a token.
type Reader struct {
	client    *engine.Client
	vault     *transit.Client
	namespace string
}

// NewReader makes a Reader from the configuration of the pod or of the user:
//   - Kubernetes: the kubeconfig, or the pod that the program runs in.
//   - Vault: the plugin's environment variables, such as VAULT_ADDR, or the cluster's ConfigMap vaultseal.
//   - Login: the projected ServiceAccount token that VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE or [WithTokenFile] names,
//     or a token that it requests for the ServiceAccount vaultseal-reader in the Secret's namespace.
//
// An option takes precedence over the environment, and the environment over the ConfigMap. NewReader reads the
// ConfigMap and sends nothing else. It does not use the ConfigMap's Vault if the API server uses plain http or its
// certificate is not verified.
//
// Errors: [*MissingError], [*ConflictError] and [*NoServerError].
func NewReader(ctx context.Context, options ...Option) (*Reader, error) {
	s := newSettings(options)
	if s.leastScope != Unbound {
		if _, err := sealed.ParseScope(string(s.leastScope)); err != nil {
			return nil, fmt.Errorf("WithLeastScope: %w", err)
		}
	}
	kubernetes, namespace, err := s.cluster()
	if err != nil {
		return nil, err
	}
	core, err := corev1client.NewForConfig(kubernetes)
	if err != nil {
		return nil, err
	}
	configured, err := config.Load(quiet(ctx), config.Sources{
		Flag:      func(name string) (string, bool) { value, set := s.given[name]; return value, set },
		Env:       os.LookupEnv,
		ConfigMap: kube.ConfigMap(core, s.configNamespace),
		Namespace: s.configNamespace,
		ReadFile:  func(path string) ([]byte, error) { return config.ReadFile(ctx, path) },

		UnverifiedServer: cmp.Or(kube.UnverifiedServer(core), unverifiedHost(kubernetes)),
	}, config.Needs{Part: config.Reader})
	if err != nil {
		return nil, err
	}
	vaultConfig := configured.Vault.Transit()
	vaultConfig.Timeout, vaultConfig.UserAgent = s.timeout, kubernetes.UserAgent
	vault, err := transit.NewClient(vaultConfig)
	if err != nil {
		return nil, err
	}
	return &Reader{namespace: namespace, vault: vault, client: engine.NewClient(engine.Options{
		Store:         engine.NewCluster(core, engine.ClusterOptions{}),
		Sessions:      engine.NewSessions(vault, core, engine.LoginOf(configured.Auth)),
		TransitKey:    configured.TransitKey.Value,
		PinTransitKey: configured.TransitKey.Source.Origin == config.FromFlag,
		LeastScope:    sealed.Scope(s.leastScope),
	})}, nil
}

// unverifiedHost returns the API server's address if the program has switched verification off. The program may have
// wrapped the transport, so that the client does not tell.
func unverifiedHost(kubernetes *rest.Config) string {
	if !kubernetes.Insecure {
		return ""
	}
	return kubernetes.Host
}

// cluster returns the client configuration of the API server, and the namespace of Secrets without one.
func (s settings) cluster() (*rest.Config, string, error) {
	kubernetes, namespace := s.kubernetes, s.namespace
	if kubernetes == nil || namespace == "" {
		rules := clientcmd.NewDefaultClientConfigLoadingRules()
		rules.ExplicitPath = s.kubeconfig
		overrides := &clientcmd.ConfigOverrides{CurrentContext: s.context}
		loaded := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
		var err error
		if kubernetes == nil {
			if kubernetes, err = loadServer(loaded, overrides); err != nil {
				return nil, "", err
			}
		}
		if namespace == "" {
			if namespace, _, err = loaded.Namespace(); err != nil {
				return nil, "", err
			}
		}
	}
	if kubernetes.Host == "" { // client-go would call http://localhost
		return nil, "", &kube.NoServerError{
			Reason: "the configuration of Kubernetes' client names no server: its Host is empty",
		}
	}
	kube.Tune(kubernetes)
	if s.timeout > 0 {
		kubernetes.Timeout = s.timeout
	}
	if kubernetes.UserAgent == "" {
		kubernetes.UserAgent = "vaultseal"
	}
	return kubernetes, namespace, nil
}

// loadServer loads the kubeconfig or, if there is none, the configuration of the pod that the program runs in.
func loadServer(loaded clientcmd.ClientConfig, overrides *clientcmd.ConfigOverrides) (*rest.Config, error) {
	raw, err := loaded.RawConfig()
	if err != nil {
		return nil, err
	}
	if err := kube.CheckServer(&raw, overrides); err != nil {
		return nil, err
	}
	kubernetes, err := loaded.ClientConfig()
	if clientcmd.IsEmptyConfig(err) { // whose words recommend KUBERNETES_MASTER, which is not used
		return nil, fmt.Errorf("%w, and the program does not run in a pod", &kube.NoServerError{NoKubeconfig: true})
	}
	return kubernetes, err
}

// quiet turns the logger of Kubernetes' client off: from level 8 on it logs bodies, and with them the tokens.
func quiet(ctx context.Context) context.Context { return klog.NewContext(ctx, logr.Discard()) }

// at splits [NAMESPACE/]NAME.
func (r *Reader) at(secret string) (namespace, name string, err error) {
	namespace, name, given := strings.Cut(secret, "/")
	if !given {
		namespace, name = r.namespace, secret
	}
	if len(validation.ValidateNamespaceName(namespace, false)) > 0 ||
		len(validation.NameIsDNSSubdomain(name, false)) > 0 {
		return "", "", fmt.Errorf("%q: want the [NAMESPACE/]NAME of a Secret", secret)
	}
	return namespace, name, nil
}

// Open opens all entries of a Secret and returns the plaintext of each by the entry's name. If one entry does not open,
// Open returns an error and no entry. The name is NAME or NAMESPACE/NAME.
func (r *Reader) Open(ctx context.Context, name string) (map[string][]byte, error) {
	namespace, name, err := r.at(name)
	if err != nil {
		return nil, err
	}
	return r.client.Open(quiet(ctx), namespace, name)
}

// OpenEntry opens one entry of a Secret and returns its plaintext. Vault decrypts no other entry. The name is NAME or
// NAMESPACE/NAME.
func (r *Reader) OpenEntry(ctx context.Context, name, entry string) ([]byte, error) {
	namespace, name, err := r.at(name)
	if err != nil {
		return nil, err
	}
	return r.client.OpenEntry(quiet(ctx), namespace, name, entry)
}

// Unmarshal opens all entries of a Secret and decodes them into a Go value, with the rules and struct tags of
// encoding/json. The name is NAME or NAMESPACE/NAME.
//
// A Secret with one entry is decoded as that entry, and one with several as an object with a field for each entry. A
// document (NAME.json, .yaml, .yml or .env) is decoded as an object, text as a string, and other bytes as base64.
//
// Errors name fields and types, and hold no value.
func (r *Reader) Unmarshal(ctx context.Context, name string, into any) error {
	entries, err := r.Open(ctx, name)
	if err != nil {
		return err
	}
	value, err := document.OfEntries(entries)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(value, into); err != nil {
		namespace, name, _ := r.at(name)
		return fmt.Errorf("secret %s/%s does not fit: %w", namespace, name, discreet(err))
	}
	return nil
}

// discreet returns an error of encoding/json without the values that it may quote.
func discreet(err error) error {
	var wrong *json.UnmarshalTypeError
	var target *json.InvalidUnmarshalError
	switch {
	case errors.As(err, &target):
		return target
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("field %s is no %s", wrong.Field, wrong.Type)
	case errors.As(err, &wrong):
		return fmt.Errorf("the document is no %s", wrong.Type)
	}
	return errors.New("a type of the target does not take what the document has")
}

// Close revokes the Vault token, closes idle connections to Vault, and ends the Reader. You may call it more than once.
// If the context has already ended, Close still takes up to five seconds, because a token that is not revoked lives on.
func (r *Reader) Close(ctx context.Context) error {
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
		defer cancel()
	}
	defer r.vault.CloseIdleConnections()
	return r.client.Close(ctx)
}

const closeGrace = 5 * time.Second
