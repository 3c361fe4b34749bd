package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const setupLong = `Create everything vaultseal needs, in Vault and in the cluster: transit keys, an auth
method with its roles and policies, ServiceAccounts and their rights, and the ConfigMap
with which users need no flags. Each namespace gets its own transit key, which only its own
ServiceAccounts can use; with --shared-key several namespaces share one.

Setup works with your kubeconfig, and with the Vault token in VAULT_TOKEN. It sends the
token only to the Vault in flags or the environment (--vault-addr and --vault-ca-cert,
VAULT_ADDR and VAULT_CACERT), also when you run it again. The ConfigMap can stop setup, but
never decides.

You can run it again: it compares first, and writes only what is missing or different. If it
cannot continue, it lists the reasons and writes nothing. It does not take over what belongs
to others: an existing key, mount or role that does not fit is an error. An engine or a
transit key that existed before this installation is an error too, unless you add
--reuse-keys: anyone with access to a key can open everything that was ever sealed with it.

If you leave a flag out, nothing is removed: a note lists what stays and how to remove it,
with --allow-retire=false, --encrypt-only-role=false, --cronjob=false or --revoke.

At its end setup logs in once as a user, and revokes that Vault token. If the
login fails, everything it created stays and the exit code is 1.

If you cannot write to Vault, run setup with --print-vault, which needs no VAULT_TOKEN, and
give its output to an administrator of Vault.`

const setupExample = `  # Show what would be created, then create it, for the namespaces team-a and team-b
  export VAULT_ADDR=https://vault.example.com VAULT_TOKEN=...
  kubectl vaultseal setup --namespaces team-a,team-b --diff
  kubectl vaultseal setup --namespaces team-a,team-b

  # Use a Vault outside the cluster that cannot reach it; let the group devs seal and open
  kubectl vaultseal setup --vault-auth-method jwt --grant group:devs

  # Rotate every month, in the cluster
  kubectl vaultseal setup --cronjob --schedule "0 3 28 * *" --image registry.example.com/vaultseal:v1

  # Add a namespace, and remove a user from it, with VAULT_ADDR and VAULT_TOKEN as above
  kubectl vaultseal setup namespace team-c
  kubectl vaultseal setup namespace team-c --revoke user:erin

  # Print manifests for git, and commands for Vault's administrators
  kubectl vaultseal setup --namespaces team-a --dry-run=client -o yaml
  kubectl vaultseal setup --namespaces team-a --print-vault`

type setupOptions struct {
	globals        *globals
	installation   installationFlags
	printVault     bool
	diff           bool
	replaceRoles   bool
	reuseKeys      bool
	forceConflicts bool
	removal        removalFlags
	dryRun         *dryRunFlag
	output         *outputFlag
}

// setupWork is what a command of setup plans, and the login that it tries at its end; nil: none.
type setupWork struct {
	plan func(ctx context.Context, s *setup.Setup) (*setup.Plan, error)
	try  func(ctx context.Context, s *setup.Setup, written bool) error
}

// work is that of setup and setup namespace.
func (o *setupOptions) work() setupWork {
	if o.removal.remove {
		return setupWork{plan: o.removal.plan}
	}
	return setupWork{o.removal.plan, o.tryLogin}
}

func newSetup(g *globals) *cobra.Command {
	o := &setupOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "setup",
		Short:   "Create everything vaultseal needs, in Vault and in the cluster",
		Long:    setupLong,
		Example: setupExample,
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	o.installation.add(flags)
	completeFlag(cmd, "namespaces", g.complete(namespaceWords))
	o.addPrintVault(flags)
	o.addApplyFlags(cmd)
	cmd.AddCommand(newSetupNamespace(g), newSetupWorkload(g))
	return cmd
}

func (o *setupOptions) addPrintVault(flags *pflag.FlagSet) {
	flags.BoolVar(&o.printVault, "print-vault", false,
		"Print Vault's side as commands of the vault CLI, and change nothing")
}

// addApplyFlags adds the flags that say how what is to be made is made.
func (o *setupOptions) addApplyFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.addDiff(flags)
	flags.BoolVar(&o.replaceRoles, "replace-roles", false,
		"Replace existing Vault roles that have other bounds, and a login method that is of another cluster")
	flags.BoolVar(&o.reuseKeys, "reuse-keys", false,
		"Use an engine, transit keys and policies that existed before the installation, "+
			"or the key of an earlier namespace with the same name")
	flags.BoolVar(&o.forceConflicts, "force-conflicts", false,
		"Take over fields of Kubernetes objects that another manager owns")
	o.dryRun = addDryRunFlag(cmd, "Change nothing: client prints the Kubernetes manifests and contacts no server, "+
		"server compares and reports what would be done")
	o.output = addOutputFlag(cmd, outputJSON, outputYAML)
}

func (o *setupOptions) addDiff(flags *pflag.FlagSet) {
	flags.BoolVar(&o.diff, "diff", false, "Show the differences, and change nothing")
}

func (o *setupOptions) check() error {
	client := o.dryRun.DryRun == engine.DryRunClient
	switch {
	case o.output.value != outputHuman && !client:
		return usagef("-o prints the Kubernetes manifests: it takes --dry-run=client")
	case o.printVault && (client || o.diff):
		return usagef("--print-vault prints Vault's side only: it excludes --dry-run=client and --diff")
	}
	if o.printVault && o.installation.signingKeys.onlyCA() {
		return usagef("--%s with --print-vault requires --%s or --%s", jwksCAFlag, discoveryURLFlag, jwksURLFlag)
	}
	return o.installation.check(o.globals)
}

func (o *setupOptions) run(ctx context.Context) error {
	a, err := o.globals.administer(ctx, o.dryRun.DryRun != engine.DryRunClient)
	if err != nil {
		return err
	}
	installation, err := o.installation.installation(ctx, a)
	if err != nil {
		return err
	}
	switch {
	case o.dryRun.DryRun == engine.DryRunClient:
		return o.printManifests(installation)
	case o.printVault:
		if err := o.unconfirmedByVault(installation); err != nil {
			return err
		}
		return o.printScript(ctx, a, installation)
	}
	return o.carryOut(ctx, a, installation, o.work())
}

// unconfirmedByVault refuses what only the ConfigMap says, for commands that do not ask Vault.
func (o *setupOptions) unconfirmedByVault(installation setup.Installation) error {
	if installation.Unconfirmed {
		return o.withFlags(&setup.UnconfirmedMountError{Method: installation.Method, Mount: installation.AuthMount})
	}
	return o.withFlags(installation.CheckOtherKeys())
}

// printScript prints Vault's side. The cluster says what the command line leaves out of it, and the script itself asks
// Vault.
func (o *setupOptions) printScript(ctx context.Context, a *administration, installation setup.Installation) error {
	s, err := a.setup(installation, nil)
	if err != nil {
		return err
	}
	kept, err := s.KeepCluster(ctx)
	if err != nil {
		return noImage(err)
	}
	o.printKept(kept)
	if warning := s.Installation.HostWarning(); warning != "" {
		o.globals.warn("%s", warning)
	}
	if note := s.Installation.ScriptNote(); note != "" {
		o.globals.note("%s", note)
	}
	s.ReplaceRoles, s.ReuseKeys = o.replaceRoles, o.reuseKeys
	script, err := s.Script(scriptHint)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(o.globals.process.Out, script)
	return err
}

// carryOut compares and, unless that was all that was asked for, writes.
func (o *setupOptions) carryOut(ctx context.Context, a *administration, installation setup.Installation,
	work setupWork) error {
	client, session, err := a.vaultSession(ctx)
	if err != nil {
		return err
	}
	s, err := a.setup(installation, session)
	if err != nil {
		return err
	}
	s.NewSession = func(auth transit.Auth) setup.LoginSession { return client.NewSession(auth) }
	s.ReplaceRoles, s.ReuseKeys, s.ForceConflicts = o.replaceRoles, o.reuseKeys, o.forceConflicts
	plan, err := work.plan(ctx, s)
	if err != nil {
		return o.withFlags(noImage(err))
	}
	o.printRemarks(plan)
	if o.diff || o.dryRun.DryRun == engine.DryRunServer {
		o.printExpected(plan)
	}
	switch {
	case o.diff:
		return o.printDiff(plan)
	case o.dryRun.DryRun == engine.DryRunServer:
		for _, item := range plan.Items {
			if err := o.printItem(item); err != nil {
				return err
			}
		}
		return nil
	}
	var printed error
	err = s.Apply(ctx, plan, func(item setup.Item) {
		printed = errors.Join(printed, o.printItem(item))
		if item.Note != "" && item.Action == setup.Unchanged {
			o.globals.note("%s", item.Note)
		}
	})
	for _, note := range []string{s.KeySourceNote(), s.ReviewerNote()} {
		if note != "" {
			o.globals.note("%s", note)
		}
	}
	if err == nil && work.try != nil {
		err = work.try(ctx, s, plan.Changes())
	}
	return both(incompleteReport(ctx, err), printed)
}

// incompleteReport says with its exit code whether anything was done. An interrupt does not hide which signing keys
// Vault has.
func incompleteReport(ctx context.Context, err error) error {
	var incomplete *setup.IncompleteError
	var keys *setup.KeySourceError
	if errors.As(err, &incomplete) && len(incomplete.Done) > 0 || ctx.Err() != nil && errors.As(err, &keys) {
		return newReportError(exitPartial, err, "")
	}
	return err
}

func (o *setupOptions) printItem(item setup.Item) error {
	action := string(item.Action)
	if item.Action == setup.Unchanged {
		action = "unchanged"
	}
	return say(o.globals.process.Out, "%s %s%s\n", item.Name, action, o.dryRun.suffix())
}

func (o *setupOptions) printDiff(plan *setup.Plan) error {
	if !plan.Changes() {
		o.globals.note("nothing differs")
		return nil
	}
	for _, item := range slices.DeleteFunc(plan.Items, func(i setup.Item) bool { return i.Action == setup.Unchanged }) {
		if _, err := fmt.Fprintf(printable.NewWriter(o.globals.process.Out), "%s would be %s\n%s", item.Name,
			item.Action, item.Diff); err != nil {
			return err
		}
	}
	return nil
}
