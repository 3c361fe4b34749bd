package plugin

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const rotateLong = `Make a new version of each transit key and rewrap every sealed Secret in view.

Vault re-encrypts each ciphertext under the key's latest version; plaintext never
leaves Vault, and the rotator's role may neither encrypt nor decrypt. A Secret's
entries change in one conditional write, or not at all: run it again at any time,
and what is current already is left alone.

It rotates the configured key (--transit-key, VAULTSEAL_TRANSIT_KEY or the cluster's
ConfigMap) and the keys of Secrets that you name. With names, --discover or -f it
rotates a key only after an entry has opened with it. A key that only an annotation
names is not rotated; its Secrets are rewrapped under its latest version.

Left alone and reported are immutable Secrets, and managed ones: a tool (kubectl
apply, Argo CD, Flux, Helm and others) would put the old ciphertext back. Rotate
these where their manifests are, or add --include-managed. Secrets of another
installation in the same cluster are counted.

A Secret whose entries do not open where they are is reported as broken, with a warning.
It is an error where you named it, or where no Secret opens.

When a rotation stops, its hint is a command that finishes it, now or later:
--if-older-than with a time leaves the keys alone that were rotated already.

With --retire, versions older than the last --keep stop opening, once a listing of
all Secrets of the cluster, labelled or not, shows that none needs them. Sealed
manifests in git, other clusters and backups are not seen and may need them still:
whatever is older than what is kept does not open any more, from wherever it comes
back. Nothing is destroyed: the versions open again when the key's
min_decryption_version is lowered. A managed Secret that is older blocks it. When
Vault goes away meanwhile, the report says for each key what is known.

With -f sealed manifests in files are rewrapped instead, as they are kept in git: of a
file only the ciphertexts change, and each file in one step. The cluster is asked for
the login only. All namespaces that are set up are in view, and the report lists them;
with -n only that namespace is. What cannot be read, and Secrets of namespaces that are not set up in this
cluster, are named; the rest is rewrapped, and the exit code is 5.

The first interrupt stops the rotation when the writes under way are done; the
second gives them up too.`

const rotateExample = `  # Rotate the configured transit key and rewrap all sealed Secrets of the namespace
  kubectl vaultseal rotate

  # The same for the whole cluster, with a report for machines
  kubectl vaultseal rotate -A -o json

  # In a CronJob: a run that is tried again does not rotate twice
  kubectl vaultseal rotate -A --if-older-than 20d

  # Finish a rotation that stopped, as its hint says
  kubectl vaultseal rotate -A --if-older-than 2026-11-28T16:03:12Z

  # Rotate, and let nothing open that is older than the last two versions
  kubectl vaultseal rotate -A --retire --keep 2

  # Rotate the key of one Secret, sealed by vaultseal or by the Python tool
  kubectl vaultseal rotate matrix-secrets

  # Only catch up with a key that Vault rotates by itself
  kubectl vaultseal rotate --rewrap-only

  # Bring the manifests in git up to date
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
		Short:   "Make a new key version and rewrap sealed Secrets under it",
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
	flags.BoolVar(&o.rewrapOnly, "rewrap-only", false, "Make no new key version; only rewrap older entries under the latest one")
	flags.Var(&o.ifOlderThan, "if-older-than", "Make a new version only of a key whose latest version is older than a `DURATION`, "+
		"such as 30d or 720h, or than a time, such as 2026-11-28T16:03:12Z")
	flags.BoolVar(&o.includeManaged, "include-managed", false, "Also rewrap Secrets that a tool manages, although it would put the old ciphertext back")
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
		return engine.Selection{}, usagef("--if-older-than says when to rotate a key, and --rewrap-only never to: give one of them")
	}
	if err := o.retire.check(flags, o); err != nil {
		return engine.Selection{}, err
	}
	if o.selection.manifests.given() && o.retire.retire {
		return engine.Selection{}, usagef("--retire needs a listing of all that the cluster has: run it without -f")
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
	return config.Needs{Part: config.Rotator, TransitKey: o.selection.discover || o.retire.retire || !o.rewrapOnly && len(selection.Names) == 0}
}

func (o *rotateOptions) run(ctx context.Context, selection engine.Selection, store engine.Store) error {
	c, err := o.globals.connect(ctx, connectOptions{store: store, needs: o.needs(selection), fieldManager: *o.fieldManager, concurrency: o.concurrency})
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
		Retire:          o.retire.request(o.globals, shown),
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
