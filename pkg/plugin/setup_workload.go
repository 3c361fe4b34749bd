package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

const workloadSetupLong = `Let the pods of a workload open the sealed Secrets of their namespace.

Each workload needs one thing that its manifest cannot have: a role in Vault for its
ServiceAccount. This command creates the role, named NAMESPACE.SERVICEACCOUNT. Only tokens
of that account in that namespace, with the audience for Vault, can log in with it. It opens
and rewraps with the key of its namespace, like vaultseal-reader, and can neither seal nor
rotate. Nothing in the cluster changes.

The cluster and the namespace must be set up. KIND is ` + "`deployment`" + ` if you leave it out.
To give a role to an account itself, specify serviceaccount/NAME, even before it exists.

Pods without a ServiceAccount of their own have the account default. To let all of them open
the namespace's Secrets, add --allow-default; it is better to give the workload an account.

With -f, the workload is in a file. Its namespace must be that of -n or of the kubeconfig: the
author of a manifest does not choose whose account gets a role.

Like setup, this command uses your kubeconfig and the Vault token in VAULT_TOKEN, compares
first, and can be run again. Vault's address, its CA and the transit key come from flags or
the environment, not from the cluster's ConfigMap: specify what you specified for setup. At
its end it logs in once as the account, and revokes that Vault token.

An administrator of Vault can create the roles before the workloads exist:

  kubectl vaultseal setup namespace NAMESPACE --workload-accounts ACCOUNT,ACCOUNT

Workloads with these accounts then need no administrator. If you cannot write to Vault, use
--print-vault.

With --remove, the roles are deleted: pods of the account can no longer open anything. Roles
that setup did not create stay.`

const workloadSetupExample = `  # Let the Deployment shop open the Secrets of its namespace
  kubectl vaultseal setup workload deployment/shop --diff
  kubectl vaultseal setup workload deployment/shop

  # Do it before the workload exists, from its manifest or for its account
  kubectl vaultseal setup workload -f shop.yaml
  kubectl vaultseal setup workload serviceaccount/shop

  # Print the commands for an administrator of Vault
  kubectl vaultseal setup workload -f shop.yaml --print-vault

  # Take the right away
  kubectl vaultseal setup workload serviceaccount/shop --remove`

type setupWorkloadOptions struct {
	setupOptions

	files workloadFlags
	names []workloadName
}

func newSetupWorkload(g *globals) *cobra.Command {
	o := &setupWorkloadOptions{setupOptions: setupOptions{globals: g}}
	cmd := &cobra.Command{
		Use:     "workload ([KIND/]NAME... | -f FILE)",
		Short:   "Let a workload open sealed Secrets, or no longer",
		Long:    workloadSetupLong,
		Example: workloadSetupExample,
		Args:    arguments(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.checkArgs(args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	o.files.add(cmd, "Work on the workloads in this `FILE`, not on the cluster's; - for stdin; can be repeated")
	o.installation.workloads.addAllowDefault(flags)
	flags.BoolVar(&o.removal.remove, "remove", false, "Delete the roles: the workloads can no longer open anything")
	flags.BoolVar(&o.replaceRoles, "replace-roles", false,
		"Replace existing roles of these names that have other bounds")
	o.installation.addSharedKey(flags)
	o.installation.setGiven(flags)
	o.addPrintVault(flags)
	o.addDiff(flags)
	o.dryRun = addDryRunFlag(cmd, "Change nothing: client does not ask Vault, server compares and reports what would "+
		"be done")
	o.output = &outputFlag{}
	return cmd
}

func (o *setupWorkloadOptions) checkArgs(args []string) (err error) {
	if err := o.dryRun.checkArgs(args); err != nil {
		return err
	}
	if err := o.files.check(args); err != nil {
		return err
	}
	switch {
	case o.printVault && (o.diff || o.dryRun.given):
		return usagef("--print-vault changes nothing: it excludes --dry-run and --diff")
	case o.removal.remove && o.replaceRoles:
		return usagef("--remove and --replace-roles exclude each other")
	}
	if o.names, err = workloadNames(args, true); err != nil {
		return err
	}
	o.installation.limiting = true // the list of a shared key's namespaces is Vault's
	return o.installation.checkKeys(o.globals)
}

func (o *setupWorkloadOptions) run(ctx context.Context) error {
	a, err := o.globals.administer(ctx, true)
	if err != nil {
		return err
	}
	if err := a.checkSetUp(a.namespace); err != nil {
		return err
	}
	o.installation.namespaces = []string{a.namespace}
	installation, err := o.installation.installation(ctx, a)
	if err != nil {
		return err
	}
	installation.Extends = true
	if installation.Workloads, err = o.accounts(ctx, a); err != nil {
		return err
	}
	switch {
	case o.dryRun.DryRun == engine.DryRunClient:
		return o.printRoles(installation)
	case o.printVault:
		return o.printScript(ctx, a, installation)
	}
	return o.carryOut(ctx, a, installation, o.work())
}

// accounts returns the accounts of the workloads, each once.
func (o *setupWorkloadOptions) accounts(ctx context.Context, a *administration) ([]string, error) {
	found, err := o.files.read(ctx, o.globals.process, a.namespace)
	if err != nil {
		return nil, err
	}
	objects, err := a.dynamic()
	if err != nil {
		return nil, err
	}
	for _, name := range o.names {
		one, err := name.find(ctx, objects, a.namespace)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	allowDefault := o.installation.workloads.allowDefault || o.removal.remove
	var accounts []string
	for _, one := range found {
		if err := setup.CheckWorkloadAccount(one.account, allowDefault); err != nil {
			return nil, fmt.Errorf("%s: %w", one.label, err)
		}
		if !slices.Contains(accounts, one.account) {
			accounts = append(accounts, one.account)
		}
	}
	return accounts, nil
}

func (o *setupWorkloadOptions) work() setupWork {
	if o.removal.remove {
		return setupWork{plan: func(ctx context.Context, s *setup.Setup) (*setup.Plan, error) {
			return s.PlanWorkloadRemoval(ctx)
		}}
	}
	return setupWork{
		plan: func(ctx context.Context, s *setup.Setup) (*setup.Plan, error) { return s.PlanWorkloads(ctx) },
		try: func(ctx context.Context, s *setup.Setup, written bool) error {
			unrevoked, err := s.TryWorkloadLogins(ctx, written)
			if errors.Is(err, kube.ErrAccountNotFound) {
				return nil // a note has said so
			}
			return o.tried(unrevoked, err)
		},
	}
}

// printRoles says which roles would be written or deleted, without asking Vault.
func (o *setupWorkloadOptions) printRoles(installation setup.Installation) error {
	action := setup.Configure
	if o.removal.remove {
		action = setup.Delete
	}
	for _, name := range installation.Workloads {
		account := config.Account{Namespace: installation.Namespaces[0], Name: name}
		item := setup.Item{Name: "vault role " + installation.AuthMount + "/" + account.WorkloadRole()}
		item.Action = action
		if err := o.printItem(item); err != nil {
			return err
		}
	}
	return nil
}

func (o *setupWorkloadOptions) printScript(ctx context.Context, a *administration,
	installation setup.Installation) error {
	if err := o.unconfirmedByVault(installation); err != nil {
		return err
	}
	s, err := a.setup(installation, nil)
	if err != nil {
		return err
	}
	s.ReplaceRoles = o.replaceRoles
	script, err := s.WorkloadScript(ctx, o.removal.remove, scriptHint)
	if err != nil {
		return err
	}
	for _, note := range s.Notes() {
		o.globals.note("%s", note)
	}
	_, err = fmt.Fprint(o.globals.process.Out, script)
	return err
}
