package plugin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

const injectLong = `Print manifests with their workloads changed so that the containers get the values of sealed
Secrets. The images and the programs in them stay as they are. Nothing is written to the
cluster: apply what is printed.

kubelet delivers the ciphertext to an init container, which opens it in Vault and writes the
values to volumes in memory. Paths, modes, subPath and variables are those of the plaintext
Secret. The pod needs no access to the API server, and one role in Vault for its
ServiceAccount, NAMESPACE.SERVICEACCOUNT: kubectl vaultseal setup workload writes it.

Pods, Deployments, StatefulSets, DaemonSets, ReplicaSets, ReplicationControllers, Jobs,
CronJobs, PodTemplates and lists of them are changed. Other objects are printed as they are,
and in a changed one all other lines stay. A second inject replaces the first one, and
uninject restores the manifest.

inject learns which Secrets are sealed from the same input, from --secrets, or from the
cluster. There it reads only the Secrets that a workload references, and only in the namespace
that you work in. A Secret that is not sealed, and imagePullSecrets, are left as they are. With
--offline, a Secret that is neither in the input nor in --secrets is an error, unless
--plain-secrets says that it is not sealed.

Files belong to the user of the container that reads them if runAsUser is set, otherwise to
the user of the image of vaultseal. Files of a mode that others cannot read need runAsUser or
fsGroup. Without --refresh, files stay as they were when the pod started, also copies of
ConfigMaps and pod fields beside a Secret.

Variables come from files that kubelet reads, which needs Kubernetes 1.35 on every node. For
older nodes, --env=exec puts kubectl vaultseal exec in front of the container's command. Then
probes and hooks that run a command, and kubectl exec, lack the variables. If the command is
not in the manifest, give the image's ENTRYPOINT, and its CMD unless the manifest has args,
with --command. Variables and mounts with a subPath do not change while a container runs.

A service mesh that redirects traffic before its proxy runs cuts the init container off from
Vault: exclude Vault's port.

inject -f - is a post-renderer of Helm. Helm 3 does not pass hooks to post-renderers, so a hook
that needs a sealed Secret must be injected in the chart. Helm 4 passes them, and wants a
plugin: plugins/helm in the repository has one. inject -f - is also a KRM function: it reads
and prints a ResourceList.`

const injectExample = `  # Apply manifests whose workloads use sealed Secrets
  kubectl vaultseal inject -f deploy/ | kubectl apply -f -

  # See what changes
  kubectl vaultseal inject -f deployment.yaml --diff

  # Follow changes of the Secrets while the pods run
  kubectl vaultseal inject -f deployment.yaml --refresh

  # Work without a cluster
  kubectl vaultseal inject -f deployment.yaml --offline --secrets db=transit/app ` +
	`--kubernetes-version 1.36 --vault-addr https://vault.example.com:8200

  # Render a chart with Helm 3
  helm template shop ./chart | kubectl vaultseal inject -f - | kubectl apply -f -`

type injectOptions struct {
	globals *globals
	input   inputFlags

	diff, offline, refresh bool

	env               injectEnv
	secrets, plain    []string
	commands          []string
	image             string
	kubernetesVersion versionFlag
	cpu, memory       quantityFlag
	requireScope      scopeFlag

	chosen map[string]chosenSecret
	wraps  map[string][]string
}

func newInject(g *globals) *cobra.Command {
	o := &injectOptions{globals: g, cpu: quantityOf(workload.DefaultCPU), memory: quantityOf(workload.DefaultMemory),
		image: g.process.Build.image()}
	cmd := &cobra.Command{
		Use:     "inject -f FILE",
		Short:   "Let the containers of workloads get sealed values",
		Long:    injectLong,
		Example: injectExample,
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.input.add(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&o.diff, "diff", false, "Print a unified diff of what changes, not the manifests")
	flags.BoolVar(&o.offline, "offline", false, "Ask no cluster: specify what is not in the input with flags")
	flags.StringArrayVar(&o.secrets, "secrets", nil, "Take the Secret `NAME[=KEY[,SCOPE]]` as sealed with this "+
		"transit key and scope, even if the cluster says otherwise; can be repeated, or list NAMES with commas")
	flags.StringArrayVar(&o.plain, "plain-secrets", nil, "Take the Secrets `NAMES`, with commas, as not sealed; can "+
		"be repeated")
	flags.BoolVar(&o.refresh, "refresh", false, "Add a sidecar that follows changes of the Secrets")
	flags.Var(&o.env, "env", "How to set variables: files, or exec for nodes older than Kubernetes 1.35")
	completeFlag(cmd, "env", cobra.FixedCompletions([]string{string(envFiles), string(envExec)},
		cobra.ShellCompDirectiveNoFileComp))
	flags.StringArrayVar(&o.commands, "command", nil, "With --env=exec, the command of a container whose manifest has "+
		"none: `CONTAINER=COMMAND`, or CONTAINER=[\"COMMAND\",\"ARGUMENT\"]; can be repeated")
	flags.StringVar(&o.image, "image", o.image, "Use this `IMAGE` of vaultseal; a digest (IMAGE@sha256:DIGEST) pins it")
	flags.Var(&o.kubernetesVersion, "kubernetes-version", "The oldest version of the nodes, such as 1.35 "+
		"(default ask the cluster)")
	flags.Var(&o.cpu, "cpu", "Request and limit of CPU of each added container")
	flags.Var(&o.memory, "memory", "Request and limit of memory of each added container, without large files")
	addScopeFlag(cmd, &o.requireScope, "require-scope",
		"Refuse a Secret whose entries have a weaker scope than SCOPE: strict, namespace-wide or cluster-wide")
	completeFlag(cmd, "secrets", g.complete(sealedWords))
	return cmd
}

// check reads the command line.
func (o *injectOptions) check() (err error) {
	if err := o.input.check(); err != nil {
		return err
	}
	if len(o.commands) > 0 && o.env != envExec {
		return usagef("--command requires --env=exec")
	}
	if o.kubernetesVersion.known != nil && o.env == envExec {
		return usagef("--kubernetes-version says whether variables can come from files: it excludes --env=exec")
	}
	if o.chosen, err = parseChosen(o.secrets); err != nil {
		return err
	}
	if err := addPlain(o.chosen, o.plain); err != nil {
		return err
	}
	o.wraps, err = parseCommands(o.commands)
	return err
}

func (o *injectOptions) run(ctx context.Context) error {
	texts, err := o.input.read(ctx, o.globals.process)
	if err != nil {
		return err
	}
	known, err := o.newKnown(ctx)
	if err != nil {
		return err
	}
	if err := known.readInput(texts); err != nil {
		return err
	}
	settings := workload.Settings{
		Image: o.image, Namespace: known.namespace,
		LeastScope: o.requireScope.Scope, Refresh: o.refresh, Exec: o.env == envExec, Commands: o.wraps,
		CPU: o.cpu.Quantity, Memory: o.memory.Quantity,
	}
	rewritten, err := rewriteTexts(texts, func(text []byte) (*workload.Rewritten, error) {
		return workload.Rewrite(text, manifest.Decode, known, settings)
	})
	if known.failed != nil { // it is not about a document
		return known.failed
	}
	if err != nil {
		return err
	}
	printWorkloadNotes(o.globals, rewritten.notes)
	if len(rewritten.changed) == 0 {
		o.globals.note("no workload of the input uses a sealed Secret")
	} else if !byDigest(o.image) {
		o.globals.note("the image %s has no digest, so a registry can replace what opens the Secrets: pin it with "+
			"--image IMAGE@sha256:DIGEST", o.image)
	}
	return o.input.print(o.globals.process.Out, texts, o.diff)
}

// quantityFlag is a positive quantity of Kubernetes.
type quantityFlag struct{ resource.Quantity }

func quantityOf(text string) quantityFlag { return quantityFlag{resource.MustParse(text)} }

func (f *quantityFlag) Type() string { return "QUANTITY" }

func (f *quantityFlag) String() string {
	if f.IsZero() {
		return ""
	}
	return f.Quantity.String()
}

func (f *quantityFlag) Set(text string) error {
	quantity, err := resource.ParseQuantity(text)
	if err != nil || quantity.Sign() <= 0 {
		return fmt.Errorf("want a positive quantity, such as %s or %s", workload.DefaultCPU, workload.DefaultMemory)
	}
	f.Quantity = quantity
	return nil
}

// injectEnv is how variables get their values.
type injectEnv string

const (
	envFiles injectEnv = "files"
	envExec  injectEnv = "exec"
)

func (e *injectEnv) String() string { return string(*e) }
func (e *injectEnv) Type() string   { return "WAY" }

func (e *injectEnv) Set(text string) error {
	switch way := injectEnv(text); way {
	case envFiles, envExec:
		*e = way
		return nil
	}
	return fmt.Errorf("want %s or %s", envFiles, envExec)
}
