package plugin

import (
	"cmp"
	"context"
	"io"
	"strings"
	"time"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	// revokeTimeout is how long a command waits at its end for Vault to revoke: longer than an election takes.
	revokeTimeout = 20 * time.Second
	// interruptedTimeout is the same for a command that a signal has ended.
	interruptedTimeout = 5 * time.Second
)

// connection is a Client and the namespace that the command works in.
type connection struct {
	*engine.Client
	namespace string
	config    *config.Config
	core      corev1client.CoreV1Interface
	globals   *globals
}

// connectOptions is what a command wants of its connection.
type connectOptions struct {
	needs        config.Needs
	fieldManager string
	concurrency  int          // 0: the engine's default
	leastScope   sealed.Scope // of what is opened
	store        engine.Store // nil: the cluster
}

// connect makes the connection. Vault is not contacted yet.
func (g *globals) connect(ctx context.Context, options connectOptions) (*connection, error) {
	_, core, namespace, err := g.clusterClient()
	if err != nil {
		return nil, err
	}
	settings, err := config.Load(ctx, g.sources(ctx, core), options.needs)
	if err != nil {
		return nil, err
	}
	if settings.AudienceIgnored {
		g.noteAudience()
	}
	vault, err := g.vaultClient(ctx, settings, g.timeout)
	if err != nil {
		return nil, err
	}
	sessions := engine.NewSessions(vault, core, engine.LoginOf(settings.Auth))
	store := options.store
	if store == nil {
		store = engine.NewCluster(core, engine.ClusterOptions{FieldManager: options.fieldManager,
			Concurrency: options.concurrency})
	}
	client := engine.NewClient(engine.Options{
		Store:         store,
		Sessions:      sessions,
		TransitKey:    settings.TransitKey.Value,
		PinTransitKey: settings.TransitKey.Source.Origin == config.FromFlag,
		Concurrency:   options.concurrency,
		LeastScope:    options.leastScope,
	})
	return &connection{Client: client, namespace: namespace, config: settings, core: core, globals: g}, nil
}

// connectCluster makes a connection that has no way to Vault, and no configuration of it.
func (g *globals) connectCluster(options engine.ClusterOptions) (*connection, error) {
	_, core, namespace, err := g.clusterClient()
	if err != nil {
		return nil, err
	}
	client := engine.NewClient(engine.Options{
		Store:    engine.NewCluster(core, options),
		Sessions: engine.NewSessions(nil, core, engine.Login{}),
	})
	return &connection{Client: client, namespace: namespace, core: core, globals: g}, nil
}

// clusterClient is cluster with a client for it.
func (g *globals) clusterClient() (*rest.Config, corev1client.CoreV1Interface, string, error) {
	restConfig, namespace, err := g.cluster()
	if err != nil {
		return nil, nil, "", err
	}
	core, err := corev1client.NewForConfig(restConfig)
	return restConfig, core, namespace, err
}

// readTimeout reads --request-timeout, a text of kubectl's, before any command runs.
func (g *globals) readTimeout() (err error) {
	if g.timeout, err = clientcmd.ParseTimeout(*g.kube.Timeout); err != nil {
		return usagef("--request-timeout: want seconds, or a duration such as 1m30s")
	}
	return nil
}

// cluster is how to speak to the API server, and the namespace to work in.
func (g *globals) cluster() (*rest.Config, string, error) {
	restConfig, err := g.restConfig()
	namespace, _, namespaceErr := g.kube.ToRawKubeConfigLoader().Namespace()
	if err := cmp.Or(namespaceErr, err); err != nil { // the first one knows a context that does not exist
		return nil, "", err
	}
	return restConfig, namespace, nil
}

// restConfig is how to speak to the API server.
func (g *globals) restConfig() (*rest.Config, error) {
	pod, err := g.usePod()
	if err != nil {
		return nil, err
	}
	restConfig, err := g.kube.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	if err := g.checkServer(); err != nil {
		return nil, err
	}
	if pod != nil {
		withPodToken(restConfig, pod)
	}
	kube.Tune(restConfig)
	restConfig.UserAgent = g.process.Build.userAgent()
	restConfig.WarningHandler = g.warnings()
	return restConfig, nil
}

// warnings prints what the API server warns of, as kubectl does, but not that
// ciphertext is not PEM.
type warnings struct{ rest.WarningHandler }

func (g *globals) warnings() warnings {
	return warnings{rest.NewWarningWriter(g.process.ErrOut, rest.WarningWriterOptions{Deduplicate: true})}
}

func (w warnings) HandleWarningHeader(code int, agent, text string) {
	if !strings.Contains(text, "failed to find any PEM data") {
		w.WarningHandler.HandleWarningHeader(code, agent, printable.Line(text))
	}
}

func (g *globals) sources(ctx context.Context, core corev1client.CoreV1Interface) config.Sources {
	return config.Sources{
		Flag:      g.lookup,
		Env:       g.process.LookupEnv,
		Namespace: g.configNamespace,
		ReadFile:  func(path string) ([]byte, error) { return readPath(ctx, path, maxCertificates) },
		ConfigMap: kube.ConfigMap(core, g.configNamespace),

		UnverifiedServer: kube.UnverifiedServer(core),
	}
}

func (g *globals) vaultClient(ctx context.Context, settings *config.Config,
	timeout time.Duration) (*transit.Client, error) {
	if settings.Vault.InsecureSkipVerify {
		g.warn("Vault's certificate is not verified: any server at %s gets the plaintext",
			settings.Vault.Address.Value)
	}
	client, err := g.newVaultClient(ctx, settings.Vault, timeout)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, newUsageError(err, "")
	}
	return client, nil
}

// newVaultClient returns a client for a Vault. It reads the files of the configuration, and sends nothing.
func (g *globals) newVaultClient(ctx context.Context, vault config.Vault,
	timeout time.Duration) (*transit.Client, error) {
	options := vault.Transit()
	options.Timeout = timeout
	options.UserAgent = g.process.Build.userAgent()
	options.Waiting = g.waiting.told
	return interruptible(ctx, func() (*transit.Client, error) { return transit.NewClient(options) })
}

// close revokes, also when the command was interrupted.
func (c *connection) close(ctx context.Context) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(interruptedTimeout, cancel) })()
	if err := c.Close(ending); err != nil {
		warnUnrevoked(c.globals.process.ErrOut, err)
	}
}

func warnUnrevoked(errOut io.Writer, err error) {
	_ = say(errOut, "warning: the Vault token could not be revoked; it expires by itself: %v\n", err)
}

// noteAudience tells of the ConfigMap's key audience of older versions.
func (g *globals) noteAudience() {
	g.note("the key audience of the ConfigMap %s is not used: specify the audience with --audience or "+
		"VAULTSEAL_AUDIENCE; kubectl vaultseal setup removes the key if setup wrote it", config.ConfigMapName)
}

func (g *globals) warn(format string, args ...any) {
	_ = say(g.process.ErrOut, "warning: "+format+"\n", args...)
}

// hint is about the warning before it.
func (g *globals) hint(text string) {
	_ = say(g.process.ErrOut, "hint: %s\n", text)
}

func (g *globals) note(format string, args ...any) {
	_ = say(g.process.ErrOut, "note: "+format+"\n", args...)
}
