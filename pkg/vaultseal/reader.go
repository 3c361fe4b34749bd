package vaultseal

import (
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
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Reader opens sealed Secrets for an application. It logs in to Vault when the first Secret is opened, once for all
// that are opened at the same time, and again when the Vault token has lapsed; Close revokes what it logged in with.
//
// It is safe for concurrent use. Plaintext is in what the calls return and in the buffers of the connection to Vault,
// until Go's garbage collector uses that memory for something else: nothing is kept, and nothing is wiped, since Go may
// have copied it.
//
// Its errors, of NewReader too, are tested for with errors.Is: ErrNotFound, ErrNotSealed, ErrDenied, ErrUnauthenticated,
// ErrAccountNotFound, ErrTampered, ErrVersionRetired, ErrVersionTooNew, ErrContextRequired, ErrNoTransitKey,
// ErrKeyNotFound, ErrVaultSealed, ErrVaultUnreachable, ErrRateLimited, ErrKubernetesUnreachable, ErrKubernetesUnavailable,
// ErrClosed, and the context's own; with errors.As: *KeyMismatchError and *ScopeError, for what the options pin,
// *OtherKeyError, for a Secret that was sealed for another namespace, *TokenAudienceError, for a ServiceAccount token that
// the API server would accept and Vault does not get, and *transit.CertificateError, for a Vault that does not prove to be
// the one meant. None of them holds plaintext or a token.
type Reader struct {
	client    *engine.Client
	vault     *transit.Client
	namespace string
}

// NewReader makes a Reader from what a pod or a user has: a kubeconfig, or the pod that the program runs in; VAULT_ADDR and
// the other variables of the plugin, or the cluster's ConfigMap, which is all that is asked for here. In a pod with
// VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE, or WithTokenFile, that projected token is the login; else a token is requested
// of the ServiceAccount vaultseal-reader in the Secret's namespace.
//
// What is missing is a *config.MissingError, and two Vaults that the environment and the cluster name are a
// *config.ConflictError. A kubeconfig that names no API server is a *NoServerError. From an API server over plain http
// the ConfigMap's address of Vault is not taken.
func NewReader(ctx context.Context, options ...Option) (*Reader, error) {
	s := newSettings(options)
	kubernetes, namespace, err := s.cluster()
	if err != nil {
		return nil, err
	}
	core, err := corev1client.NewForConfig(kubernetes)
	if err != nil {
		return nil, err
	}
	configured, err := config.Load(quiet(ctx), config.Sources{
		Flag:      func(name string) (string, bool) { value, set := s.flags[name]; return value, set },
		Env:       os.LookupEnv,
		ConfigMap: kube.ConfigMap(core, s.configNamespace),
		Namespace: s.configNamespace,
		ReadFile:  func(path string) ([]byte, error) { return config.ReadFile(ctx, path) },

		PlainServer: kube.PlainServer(core),
	}, config.Needs{Part: config.Reader})
	if err != nil {
		return nil, err
	}
	vaultConfig := configured.Vault.Transit()
	vaultConfig.Timeout, vaultConfig.UserAgent = kubernetes.Timeout, kubernetes.UserAgent
	vault, err := transit.NewClient(vaultConfig)
	if err != nil {
		return nil, err
	}
	return &Reader{namespace: namespace, vault: vault, client: engine.NewClient(engine.Options{
		Secrets:       core,
		Sessions:      engine.NewSessions(vault, core, engine.LoginOf(configured.Auth)),
		TransitKey:    configured.TransitKey.Value,
		PinTransitKey: configured.TransitKey.Source.Origin == config.FromFlag,
		LeastScope:    s.leastScope,
	})}, nil
}

// cluster is how to speak to the API server, and the namespace to work in.
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
		return nil, "", &kube.NoServerError{Reason: "the configuration of Kubernetes' client names no server: its Host is empty"}
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

// loadServer is what the kubeconfig says, or the pod that the program runs in when there is none.
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
		return nil, &kube.NoServerError{
			Reason: "there is no kubeconfig, or it is empty, and the program does not run in a pod", Advice: "set KUBECONFIG",
		}
	}
	return kubernetes, err
}

// quiet lets Kubernetes' client log nothing: from level 8 on it would log bodies, the tokens that it requests among them.
func quiet(ctx context.Context) context.Context { return klog.NewContext(ctx, logr.Discard()) }

// at takes [NAMESPACE/]NAME apart.
func (r *Reader) at(secret string) (namespace, name string, err error) {
	namespace, name, given := strings.Cut(secret, "/")
	if !given {
		namespace, name = r.namespace, secret
	}
	if len(validation.ValidateNamespaceName(namespace, false)) > 0 || len(validation.NameIsDNSSubdomain(name, false)) > 0 {
		return "", "", fmt.Errorf("%q: want the [NAMESPACE/]NAME of a Secret", secret)
	}
	return namespace, name, nil
}

// Open opens all entries of the Secret [NAMESPACE/]NAME: their names to their bytes. It gives all of them or an error.
func (r *Reader) Open(ctx context.Context, name string) (map[string][]byte, error) {
	namespace, name, err := r.at(name)
	if err != nil {
		return nil, err
	}
	return r.client.Open(quiet(ctx), namespace, name)
}

// OpenEntry opens one entry of the Secret [NAMESPACE/]NAME, and no other.
func (r *Reader) OpenEntry(ctx context.Context, name, entry string) ([]byte, error) {
	namespace, name, err := r.at(name)
	if err != nil {
		return nil, err
	}
	return r.client.OpenEntry(quiet(ctx), namespace, name, entry)
}

// Unmarshal opens the Secret [NAMESPACE/]NAME and decodes it as encoding/json does: the document where that is the only
// entry, JSON, YAML or dotenv by the entry's extension; else an object of the entries, in which documents are nested,
// text is a string, and other bytes are base64. Its errors tell of fields and types, and of no value.
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

// discreet is an error of encoding/json without the values that it may quote.
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

// Close revokes the Vault token, closes connections to Vault that nobody uses, and ends the Reader. It may be called
// more than once. A context that has ended, as that of the work may have, is given another five seconds: a token that
// nobody revokes lives on.
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
