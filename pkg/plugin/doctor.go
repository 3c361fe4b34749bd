package plugin

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	authorizationv1client "k8s.io/client-go/kubernetes/typed/authorization/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

const doctorLong = `Find out what is broken, and print first what to fix first. doctor checks each step that the
other commands depend on: the API server, your rights on Secrets, the configuration and its
sources, the ServiceAccount's token, Vault's address, certificate and state, proxies, clocks,
the login, whether the role refuses a token of another audience, the rights of the Vault token,
the transit key, a round trip of random bytes, and whether the API server checks that Secrets
of the namespace are sealed.

The report begins with the step that explains the others, and how to fix it. Steps that do not
depend on it are still checked, and the report counts those that do. --all lists every step.
doctor writes nothing to the cluster or to Vault. It revokes its Vault tokens and shows none.

With the jwt method and VAULT_TOKEN, doctor also verifies the ServiceAccount's token with the
signing keys in Vault's configuration, if VAULT_TOKEN may read that. It sends VAULT_TOKEN only
to the Vault in flags or the environment.

--redact prints a report that you can show to strangers: placeholders such as namespace-1
stand for names and addresses, and hints and the words of servers are left out. Read it
before you publish it.

doctor checks what sealing and opening need in the current namespace, as create, view and
verify do. With --rotator it checks what rotate and verify -A need, which rewrap and neither
encrypt nor decrypt.

With --workload KIND/NAME or -f FILE it checks what the pods of a workload need: that their
ServiceAccount and Secrets exist, that the workload is injected with an image and with
settings that agree with yours, that the nodes are new enough, that the account can log in to
Vault with its role, and that each sealed Secret opens with it. For the proof, Vault rewraps
each entry: doctor gets no plaintext. It logs in with a token of the account, if you may
create one; otherwise it leaves these checks out. It sends nothing to the Vault that a
manifest names.

  ✓  works
  !  works, but could be improved
  ✗  is broken: exit code 4 if every broken step was denied, else 1
  –  was not checked, or is not needed`

const doctorExample = `  # Find what is wrong
  kubectl vaultseal doctor

  # List every check
  kubectl vaultseal doctor --all

  # Check the key of another namespace, with a report for machines
  kubectl vaultseal doctor -n team-a -o json

  # Write a report for a public issue
  kubectl vaultseal doctor --redact -o yaml

  # Check that the nightly rotation will work
  kubectl vaultseal doctor --rotator

  # Find out why a workload does not get its values, or will not get them
  kubectl vaultseal doctor --workload deployment/shop
  kubectl vaultseal doctor -f shop.yaml`

type doctorOptions struct {
	globals *globals
	rotator bool
	all     bool
	redact  bool
	output  *outputFlag
	target  doctorWorkloadFlags
}

func newDoctor(g *globals) *cobra.Command {
	o := &doctorOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Find out what is broken, and how to fix it",
		Long:    doctorLong,
		Example: doctorExample,
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.target.check(o.rotator); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.target.add(cmd)
	cmd.Flags().BoolVar(&o.rotator, "rotator", false, "Check what the rotator needs, not what sealing and opening need")
	cmd.Flags().BoolVar(&o.all, "all", false, "List every check, also those that passed or were not made")
	cmd.Flags().BoolVar(&o.redact, "redact", false, "Print a report without names, to show to strangers")
	o.output = addOutputFlag(cmd, outputJSON, outputYAML)
	return cmd
}

func (o *doctorOptions) run(ctx context.Context) error {
	errOut := o.globals.process.ErrOut
	if o.redact {
		o.globals.process.ErrOut = io.Discard // notes, and what the API server warns of, have names
	}
	diagnosis, err := doctor.Examine(ctx, o.options(ctx))
	if diagnosis.Unrevoked != nil {
		warnUnrevoked(errOut, diagnosis.Unrevoked)
	}
	if err != nil {
		return err
	}
	if err := o.print(diagnosis); err != nil {
		return err
	}
	return diagnosisError(diagnosis)
}

func (o *doctorOptions) options(ctx context.Context) doctor.Options {
	g := o.globals
	options := doctor.Options{
		Part:      config.Sealer,
		Connect:   g.examinedCluster,
		Namespace: *g.kube.Namespace,
		Sources:   g.sources(ctx, nil),
		NewVault: func(vault config.Vault) (doctor.Vault, error) {
			client, err := g.newVaultClient(ctx, vault, g.timeout)
			if err != nil {
				return nil, err
			}
			return doctor.At(client), nil
		},
		AuthConfig: g.authConfigReader(),
		Enforcement: func(ctx context.Context, core corev1client.CoreV1Interface, namespace string,
			keys sealed.KeyTemplate) doctor.Enforcement {
			return examinedEnforcement(ctx, core, g.configNamespace, namespace, keys)
		},
		Hint:    problemHint,
		Now:     time.Now,
		Version: cmp.Or(g.process.Build.Version, noVersion),
		Redact:  o.redact,
	}
	if o.rotator {
		options.Part = config.Rotator
	}
	if o.target.given() {
		options.Part = config.Reader
		options.Workload = func(ctx context.Context, namespace string) (*doctor.Workload, error) {
			return o.target.find(ctx, g, namespace)
		}
	}
	return options
}

func (g *globals) examinedCluster() (doctor.Cluster, error) {
	restConfig, namespace, err := g.cluster()
	if err != nil {
		return doctor.Cluster{}, err
	}
	clock := &doctor.ClockRecorder{Now: time.Now}
	restConfig.Wrap(clock.Wrap)
	core, err := corev1client.NewForConfig(restConfig)
	if err != nil {
		return doctor.Cluster{}, err
	}
	reviews, err := authorizationv1client.NewForConfig(restConfig)
	if err != nil {
		return doctor.Cluster{}, err
	}
	return doctor.Cluster{Host: restConfig.Host, Namespace: namespace, Core: core, Reviews: reviews,
		Clock: clock, Proxy: restConfig.Proxy}, nil
}

// print shows the diagnosis.
func (o *doctorOptions) print(diagnosis *doctor.Diagnosis) error {
	out := o.globals.process.Out
	if o.output.value != outputHuman {
		return printObject(out, o.output.value, diagnosis)
	}
	printer := &diagnosisPrinter{Diagnosis: diagnosis, all: o.all, colourful: o.globals.process.colourful()}
	return printer.printTo(out)
}

// diagnosisError is what the command ends with.
func diagnosisError(diagnosis *doctor.Diagnosis) error {
	failures := diagnosis.Count(doctor.Failed)
	if failures == 0 {
		return nil
	}
	what := fmt.Errorf("%d checks failed", failures)
	if failures == 1 {
		what = fmt.Errorf("1 check failed")
	}
	if diagnosis.Denied() {
		return newReportError(exitDenied, what, "")
	}
	return newReportError(exitFailed, what, "")
}

// colourful reports whether stdout may be coloured.
func (p Process) colourful() bool {
	if text, set := p.LookupEnv("NO_COLOR"); set && text != "" {
		return false
	}
	return isTerminal(p.Out) && os.Getenv("TERM") != "dumb"
}
