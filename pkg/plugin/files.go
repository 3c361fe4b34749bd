package plugin

import (
	"context"
	"errors"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/delivery"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const filesLong = `Open sealed Secrets in a pod, and write their entries to its volumes.

This is what an init container runs: kubelet mounts the ciphertext, files opens it, and the
other containers find plaintext files where they would find those of a plaintext Secret.
files uses no API server, no kubeconfig and no ConfigMap. It needs flags or environment
variables, a projected ServiceAccount token for Vault, and Vault.

  --sealed=DIR=SECRET[,transit-key=[MOUNT/]NAME][,scope=SCOPE]
  --dir=DIR[=SECRET][,mode=MODE]
  --file=PATH=SECRET/ENTRY[,mode=MODE][,optional]
  --copy=DIR=FROM[,mode=MODE]
  --env-file=PATH=NAME:SECRET/ENTRY[,optional][,NAME:SECRET/ENTRY[,optional]...]

--sealed names the directory at which a volume of the sealed Secret is mounted. If a Secret
has several, an entry is taken from the first one that has it. The transit key and the scope
come from the command line. The annotations of the Secret decide nothing, and a Secret that
does not have this scope is an error.

--dir and --copy, and a --file below them, are written as kubelet writes a Secret's volume:
all files of the directory change at once, through the link ..data. If a path occurs twice,
the later one wins. A --file elsewhere is renamed into place. Modes are octal. The default is
0644, and for a copy the mode of the original. All entries are opened before anything is
written: if one fails, nothing changes. An entry that is not there is an error unless it is
optional.

--env-file writes variables for valueFrom.fileKeyRef of Kubernetes 1.35 and later. Its format
has no form for an empty value, a single quote, NUL, CR LF, or a line of 64 KiB. Such a value
is an error. kubectl vaultseal exec sets variables to any value without a NUL.

With --refresh, files stays and writes the directories again when kubelet has updated their
ciphertext or what is copied. If that fails, the old files stay and it tries again. Files
outside the directories, and variables, are written once. SIGTERM ends it with exit code 0.`

const filesExample = `  # Write all entries of a Secret to a directory
  kubectl vaultseal files --sealed=/sealed/tls=tls --dir=/open/tls=tls,mode=0440

  # Write one entry as a file that only its owner can read
  kubectl vaultseal files --sealed=/sealed/db=db --file=/open/db/password=db/password,mode=0400

  # Write two entries as variables
  kubectl vaultseal files --sealed=/sealed/db=db --env-file=/env/db=USER:db/user,PASSWORD:db/password

  # Follow kubelet's updates of the Secret
  kubectl vaultseal files --sealed=/sealed/tls=tls --dir=/open/tls=tls --refresh`

type filesOptions struct {
	globals *globals
	targets delivery.Targets
	scope   sealed.Scope
	refresh bool
}

func newFiles(g *globals) *cobra.Command {
	o := &filesOptions{globals: g, scope: sealed.Strict}
	cmd := &cobra.Command{
		Use:     "files",
		Short:   "Write sealed values to a pod's volumes",
		Long:    filesLong,
		Example: filesExample,
		Args:    arguments(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *filesOptions) addFlags(cmd *cobra.Command) {
	flags, t := cmd.Flags(), &o.targets
	add := func(name, form, usage string, set func(string) error) {
		flags.Var(targetFlag{form, set}, name, usage+" (can be repeated)")
	}
	add("sealed", "DIR=SECRET", "Read ciphertext of a Secret from DIR, which has a file for each entry",
		appendTo(&t.Sealed, delivery.ParseSealed))
	add("dir", "DIR[=SECRET]", "Write DIR as a volume, with all entries of a Secret",
		appendTarget(&t.Writes, delivery.ParseDir))
	add("file", "PATH=SECRET/ENTRY", "Write one entry",
		appendTarget(&t.Writes, delivery.ParseFile))
	add("copy", "DIR=FROM", "Write DIR as a volume, with the files of the volume FROM",
		appendTarget(&t.Writes, delivery.ParseCopy))
	add("env-file", "PATH=NAME:SECRET/ENTRY", "Write a file with variables",
		appendTo(&t.EnvFiles, delivery.ParseEnvFile))
	add("make-dir", "PATH", "Create an empty directory", appendTo(&t.MakeDirs, delivery.ParsePath))
	add("copy-binary", "PATH", "Copy this program", appendTo(&t.Binaries, delivery.ParsePath))
	flags.Var(scopeTextFlag{&o.scope}, "scope", "Scope of the Secrets: strict, namespace-wide, cluster-wide or unbound")
	flags.BoolVar(&o.refresh, "refresh", false, "Stay, and write the directories again when kubelet has updated them")
}

func (o *filesOptions) run(ctx context.Context) error {
	plan, open, err := o.plan(ctx)
	switch {
	case err != nil:
		return err
	case !o.refresh:
		return plan.Deliver(ctx, open)
	case !plan.HasDirs():
		return usagef("--refresh needs --dir or --copy: other files are written once")
	}
	refresher := &delivery.Refresher{Plan: plan, Open: open, Report: o.report, Refreshed: func(dirs []string) {
		o.globals.note("wrote %s", strings.Join(dirs, ", "))
	}}
	if err := refresher.Run(ctx); err != nil {
		return err
	}
	var signal Signal
	if cause := context.Cause(ctx); errors.As(cause, &signal) && signal.Signal != syscall.SIGTERM {
		return cause
	}
	return nil
}

func (o *filesOptions) report(failed error) {
	if failed == nil {
		o.globals.note("the files are up to date again")
		return
	}
	o.globals.warn("the files stay as they are until this succeeds: %v", failed)
}

// plan checks everything that can be checked before Vault is contacted.
func (o *filesOptions) plan(ctx context.Context) (*delivery.Plan, delivery.OpenFunc, error) {
	t := &o.targets
	if len(t.Writes)+len(t.EnvFiles)+len(t.MakeDirs)+len(t.Binaries) == 0 {
		return nil, nil, usagef("specify what to write with --dir, --file, --env-file, --copy, --make-dir or " +
			"--copy-binary")
	}
	defaults := delivery.Defaults{Scope: o.scope}
	var open delivery.OpenFunc
	if len(t.Sealed) > 0 {
		settings, err := o.settings(ctx)
		if err != nil {
			return nil, nil, err
		}
		if defaults.Namespace, err = o.namespace(ctx, settings); err != nil {
			return nil, nil, err
		}
		defaults.Key = settings.TransitKey.Value
		if open, err = o.opener(ctx, settings); err != nil {
			return nil, nil, err
		}
	}
	plan, err := delivery.NewPlan(*t, defaults)
	if err != nil {
		return nil, nil, newUsageError(err, "")
	}
	return plan, open, nil
}

// settings come from flags and the environment only: a pod has no other source that its manifest does not pin.
func (o *filesOptions) settings(ctx context.Context) (*config.Config, error) {
	needs := config.Needs{Part: config.Reader, TokenFile: true}
	for _, from := range o.targets.Sealed {
		needs.TransitKey = needs.TransitKey || from.Key.IsZero()
	}
	return config.Load(ctx, config.Sources{
		Flag:     o.globals.lookup,
		Env:      o.globals.process.LookupEnv,
		ReadFile: func(path string) ([]byte, error) { return readPath(ctx, path, maxCertificates) },
	}, needs)
}

// namespace is that of the Secrets: of the flag, else of the pod's token.
func (o *filesOptions) namespace(ctx context.Context, settings *config.Config) (string, error) {
	namespace := *o.globals.kube.Namespace
	switch {
	case namespace != "":
		if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
			return "", usagef("--namespace %q: %s", namespace, problems[0])
		}
		return namespace, nil
	case settings.Auth.TokenFile.Given():
		return kube.NamespaceOfToken(ctx, settings.Auth.TokenFile.Value)
	}
	return "", usagef("specify the namespace of the Secrets with --namespace")
}

// opener opens entries with a login of its own, whose token it revokes.
func (o *filesOptions) opener(ctx context.Context, settings *config.Config) (delivery.OpenFunc, error) {
	vault, err := o.globals.vaultClient(ctx, settings, o.globals.timeout)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, secrets []sealed.Secret) ([]map[string][]byte, error) {
		sessions := engine.NewSessions(vault, nil, engine.LoginOf(settings.Auth))
		c := &connection{Client: engine.NewClient(engine.Options{Sessions: sessions}), globals: o.globals}
		defer vault.CloseIdleConnections()
		defer c.close(ctx)
		opened, err := c.OpenPinned(ctx, secrets)
		if errors.Is(err, transit.ErrTampered) || errors.Is(err, transit.ErrContextRequired) {
			err = withHint(err, pinnedHint())
		}
		return opened, err
	}, nil
}
