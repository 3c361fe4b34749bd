package plugin

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const rotateLong = `Create a new version of each transit key and rewrap every sealed Secret in view.

Vault encrypts each ciphertext again with the key's latest version. Plaintext never leaves
Vault, and the rotator's role can neither encrypt nor decrypt. A Secret's entries change in
one conditional write, or not at all. You can run it again at any time: current entries are
not changed.

It rotates the configured key (--transit-key, VAULTSEAL_TRANSIT_KEY or the cluster's
ConfigMap) and the keys of Secrets that you name. With names, --discover or -f it
rotates a key only after an entry has opened with it. It does not rotate a key that only an
annotation names, but rewraps its Secrets to its latest version.

These are not changed, but reported:

  immutable  the Secret cannot be changed
  managed    a tool (kubectl apply, Argo CD, Flux, Helm and others) would put the old
             ciphertext back: rotate the manifest, or add --include-managed
  broken     the entries do not open in their place. This is a warning, and an error
             if you named the Secret or if no Secret opens

Secrets of another installation in the same cluster are counted.

If a rotation stops, its hint is the command that finishes it, now or later:
--if-older-than with a time does not rotate keys again that are already rotated.

--retire disables versions older than the last --keep, if a listing of all Secrets of the
cluster, labelled or not, shows that none needs them. It does not check sealed manifests in
git, other clusters and backups: older ciphertext from there does not open any longer.
If another cluster uses the same keys, first run rotate -A --rewrap-only there. Before it
disables anything, it names the installations that setup has listed in Vault for the key.
Nothing is destroyed: the versions open again if you lower the key's
min_decryption_version. An older managed Secret blocks it. If Vault stops answering, the
report shows for each key what is known.

With -f it rewraps sealed manifests in files. Only the ciphertexts in a file change, in one
step for each file. The cluster is contacted for the login only. All namespaces that are
set up are in view, and the report lists them; with -n only that namespace is. Files that
cannot be read, and Secrets of namespaces that are not set up in this cluster, are
reported. The rest is rewrapped, and the exit code is 5.

The first interrupt stops the rotation after the writes in progress; the second one does
not wait for them.`

const rotateExample = `  # Rotate the configured transit key and rewrap all sealed Secrets of the namespace
  kubectl vaultseal rotate

  # Rotate in the whole cluster, with a report for machines
  kubectl vaultseal rotate -A -o json

  # In a CronJob, so that a retried Job does not rotate twice
  kubectl vaultseal rotate -A --if-older-than 20d

  # Finish a rotation that stopped, with the time in its hint
  kubectl vaultseal rotate -A --if-older-than 2026-11-28T16:03:12Z

  # Rotate, and disable all but the last two versions
  kubectl vaultseal rotate -A --retire --keep 2

  # Rotate the key of one Secret, sealed by vaultseal or by the Python tool
  kubectl vaultseal rotate matrix-secrets

  # Only rewrap, for a key that Vault rotates automatically
  kubectl vaultseal rotate --rewrap-only

  # Rewrap the manifests in git
  kubectl vaultseal rotate -f manifests/ -R --rewrap-only`

type rotateOptions struct {
	globals        *globals
	selection      *selectionFlags
	rewrapOnly     bool
	ifOlderThan    ageOrTimeFlag
	flags          *pflag.FlagSet
	includeManaged bool
	retire         retireFlags
	concurrency    int
	dryRun         *dryRunFlag
	fieldManager   *string
	output         *outputFlag
}

func newRotate(g *globals) *cobra.Command { return (&rotateOptions{globals: g}).command() }

func (o *rotateOptions) command() *cobra.Command {
	g := o.globals
	cmd := &cobra.Command{
		Use:     "rotate [NAME...]",
		Short:   "Rotate transit keys and rewrap sealed Secrets",
		Long:    rotateLong,
		Example: rotateExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			selection, err := o.check(cmd.Flags(), args)
			if err != nil {
				return err
			}
			store, err := o.selection.manifests.readMany(cmd.Context(), g)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), selection, store)
		},
	}
	flags := cmd.Flags()
	o.flags = flags
	o.selection = addSelectionFlags(g, cmd)
	o.selection.manifests.addMany(cmd)
	flags.BoolVar(&o.rewrapOnly, "rewrap-only", false,
		"Make no new key version; only rewrap older entries under the latest one")
	flags.Var(&o.ifOlderThan, "if-older-than", "Make a new version only of a key whose latest version is older than "+
		"a `DURATION`, "+
		"such as 30d or 720h, or than a time, such as 2026-11-28T16:03:12Z")
	flags.BoolVar(&o.includeManaged, "include-managed", false,
		"Also rewrap Secrets that a tool manages, although it would put the old ciphertext back")
	o.retire.add(flags)
	flags.IntVar(&o.concurrency, "concurrency", engine.DefaultConcurrency, "Write up to `N` Secrets at once")
	o.dryRun = addDryRunFlag(cmd, "Rotate no key and write nothing: client reports what would be done, "+
		"server lets the API server check each write")
	o.fieldManager = addFieldManagerFlag(flags)
	o.output = addOutputFlag(cmd, outputJSON, outputYAML, outputName, outputWide)
	return cmd
}

// check refuses invalid combinations before any server is contacted.
func (o *rotateOptions) check(flags *pflag.FlagSet, args []string) (engine.Selection, error) {
	if err := o.dryRun.checkArgs(args); err != nil {
		return engine.Selection{}, err
	}
	if o.concurrency < 1 {
		return engine.Selection{}, usagef("--concurrency %d: want at least 1", o.concurrency)
	}
	if o.rewrapOnly && flags.Changed("if-older-than") {
		return engine.Selection{}, usagef("--if-older-than and --rewrap-only exclude each other")
	}
	if err := o.retire.check(flags, o); err != nil {
		return engine.Selection{}, err
	}
	if o.selection.manifests.given() && o.retire.retire {
		return engine.Selection{}, usagef("--retire must list the whole cluster: run it without -f")
	}
	if err := o.selection.manifests.checkWrites(o.dryRun); err != nil {
		return engine.Selection{}, err
	}
	return o.selection.check(args)
}

// needs says which part the command plays: catching up in one namespace is the
// sealer's work, everything else the rotator's.
func (o *rotateOptions) needs(selection engine.Selection) config.Needs {
	if o.rewrapOnly && !o.selection.many() {
		return config.Needs{Part: config.Sealer, TransitKey: o.selection.discover}
	}
	return config.Needs{Part: config.Rotator, TransitKey: o.selection.discover || o.retire.retire || !o.rewrapOnly &&
		len(selection.Names) == 0}
}

func (o *rotateOptions) run(ctx context.Context, selection engine.Selection, store engine.Store) error {
	c, err := o.globals.connect(ctx, connectOptions{store: store, needs: o.needs(selection),
		fieldManager: *o.fieldManager, concurrency: o.concurrency})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	selection = o.selection.in(c.namespace, selection)
	shown := c.showProgress(ctx, "done", selection)
	settled := o.globals.tellInterrupt(ctx)
	defer settled()
	request := engine.RotateRequest{
		Selection:       selection,
		RewrapOnly:      o.rewrapOnly,
		IfOlderThan:     o.ifOlderThan.Duration,
		IfCreatedBefore: o.ifOlderThan.at,
		IncludeManaged:  o.includeManaged,
		Retire:          o.retire.request(c, shown, o.dryRun.DryRun),
		DryRun:          o.dryRun.DryRun,
		ListAll:         o.output.value != outputHuman,
		Progress:        shown.counted,
		Abort:           o.globals.process.Abort,
	}
	report, err := c.Rotate(ctx, request)
	shown.stop()
	if printErr := o.print(report, request, err); printErr != nil {
		return both(err, printErr)
	}
	if err == nil && report.Summary.Total() == 0 {
		c.noteUnlabelled(ctx, "rotate", selection)
	}
	return o.endOf(report, request, err)
}
