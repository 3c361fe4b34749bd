package plugin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const verifyLong = `Prove that every entry of the sealed Secrets in view opens in its place.

The proof is a rewrap whose result is discarded: nothing is written, and
plaintext does not leave Vault. Findings are:

  broken       the entry does not authenticate in this namespace, Secret and entry
  unreadable   Vault did not answer whether the entry opens
  unsealed     the value is not a ciphertext
  plaintext    an annotation holds the plaintext
  foreign-key  the Secret names another transit key than the one configured for
               its namespace, or than --transit-key
  stale        the entry is older than the key's latest version
  overdue      with --max-age: the key's latest version is older
  unbound      with --require-bound: the entry opens wherever it is copied to
  weak-scope   with --require-scope: the scope is weaker
  expired      the annotation vaultseal.dev/expires says that the credential has expired
  expires-soon it expires within fourteen days: see --expires-within
  old          with --max-secret-age: the plaintext was last set longer ago, as the
               annotation vaultseal.dev/sealed-at says
  malformed    one of these two annotations is not a time
  missing      with --expect: fewer Secrets are sealed

With any finding the exit code is 3. Vault proves scopes: an annotation proves nothing. Those
about the age are notes that anyone who can edit the Secret can change.

-o openmetrics prints metrics for Prometheus, also if the check fails. No label has the name of
a Secret. -o json has each key's versions and the number of stale entries.

With -f it verifies the manifests in files. Every Secret in them is checked: one
that is stale, would not open, is not sealed, or cannot be read is a finding. Templates
without a Secret and other objects are skipped. It is an error if the files contain nothing
sealed. All namespaces that are set up are in view, and the report lists them; with -n only
that namespace is, and Secrets of others are counted as out of view.

--against opens the Secret and compares it with a plaintext document. Each difference
is printed as a path that set --path takes, such as servers.2.host, and never with a value.

` + offlineHelp

const verifyExample = `  # Verify all sealed Secrets of the namespace, then of the cluster
  kubectl vaultseal verify
  kubectl vaultseal verify -A -o json

  # Print metrics for Prometheus
  kubectl vaultseal verify -A -o openmetrics

  # Also report transit keys that were not rotated for ninety days
  kubectl vaultseal verify -A --max-age 90d

  # Report credentials that expire within thirty days, or were not changed for a year
  kubectl vaultseal verify -A --expires-within 30d --max-secret-age 365d

  # Verify one Secret, and compare it with a file
  kubectl vaultseal verify matrix-secrets --against secrets.json

  # In a pull request, verify that the manifests in git open, and that none is stale
  kubectl vaultseal verify -f manifests/ -R

  # Before a commit, check the form of manifests without any server
  kubectl vaultseal verify --offline -f . -R

  # Report entries that open elsewhere, and a Secret that was deleted
  kubectl vaultseal verify --require-scope strict --expect 12`

type verifyOptions struct {
	globals      *globals
	selection    *selectionFlags
	against      string
	offline      bool
	requireBound bool
	requireScope scopeFlag
	expect       expectFlag
	maxAge       *ageFlag
	secretAge    secretAgeFlags
	output       *outputFlag
	metrics      check // with -o openmetrics
}

func newVerify(g *globals) *cobra.Command {
	o := &verifyOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "verify [NAME...]",
		Short:   "Prove that sealed Secrets open",
		Long:    verifyLong,
		Example: verifyExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.offline {
				return o.runOffline(cmd.Context(), args)
			}
			selection, err := o.check(args)
			if err != nil {
				return err
			}
			return o.measured(func() error { return o.verify(cmd.Context(), selection) })
		},
	}
	flags := cmd.Flags()
	o.selection = addSelectionFlags(g, cmd)
	o.selection.manifests.addMany(cmd)
	flags.StringVar(&o.against, "against", "", "Check that the Secret holds the plaintext document at `[ENTRY=]PATH`")
	flags.BoolVar(&o.offline, "offline", false,
		"Contact no server: check only the form of the manifests in files, which can also be arguments")
	o.completeOffline(cmd)
	flags.BoolVar(&o.requireBound, "require-bound", false, "Report entries that are not bound")
	addScopeFlag(cmd, &o.requireScope, "require-scope",
		"Report entries with a weaker scope than SCOPE: strict, namespace-wide or cluster-wide")
	flags.Var(&o.expect, "expect", "Report if fewer than `N` Secrets are sealed")
	o.maxAge = addAgeFlag(flags, "max-age", "Report transit keys whose latest version is older than this `DURATION`, "+
		"such as 90d or 2160h")
	o.secretAge.add(flags)
	o.output = addOutputFlag(cmd, outputJSON, outputYAML, outputName, outputWide,
		outputOpenMetrics)
	return cmd
}

// check reads the command line.
func (o *verifyOptions) check(args []string) (engine.Selection, error) {
	if o.against != "" && o.output.value == outputOpenMetrics {
		return engine.Selection{}, usagef("-o openmetrics excludes --against")
	}
	return o.selection.check(args)
}

// verify reads what is verified, and verifies it.
func (o *verifyOptions) verify(ctx context.Context, selection engine.Selection) error {
	plaintext, err := o.readAgainst(ctx, selection)
	if err != nil {
		return err
	}
	store, err := o.selection.manifests.readAll(ctx, o.globals, o.expect > 0)
	if err != nil {
		return err
	}
	return o.run(ctx, target{selection, store, plaintext})
}

// plaintextFile is the document that a Secret is compared with.
type plaintextFile struct {
	documentFile
	content []byte
}

// readAgainst reads the document of --against, nil without it.
func (o *verifyOptions) readAgainst(ctx context.Context, selection engine.Selection) (*plaintextFile, error) {
	if o.against == "" {
		return nil, nil
	}
	if len(selection.Names) != 1 {
		return nil, usagef("--against needs the NAME of one Secret")
	}
	file, err := parseDocumentFile("--against", o.against)
	if err != nil {
		return nil, err
	}
	if err := file.checkNamed("--against"); err != nil {
		return nil, err
	}
	content, err := file.read(ctx, o.globals.process.In)
	if err != nil {
		return nil, err
	}
	return &plaintextFile{documentFile: file, content: content}, nil
}

// target is what is verified: Secrets of the cluster or of files, and what one of them must hold; nil: anything.
type target struct {
	engine.Selection

	store     engine.Store // nil: the cluster
	plaintext *plaintextFile
}

func (o *verifyOptions) run(ctx context.Context, t target) error {
	part := config.Sealer
	if o.selection.many() {
		part = config.Rotator
	}
	c, err := o.globals.connect(ctx,
		connectOptions{store: t.store, needs: config.Needs{Part: part, TransitKey: o.selection.discover}})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	selection := o.selection.in(c.namespace, t.Selection)
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	enforcement := c.enforcementBeside(reading, c.View(selection).Namespaces)
	shown := c.showProgress(ctx, "checked", selection)
	report, err := c.Verify(ctx, engine.VerifyRequest{
		Selection: selection, RequireBound: o.requireBound, LeastScope: o.requireScope.Scope, Expect: int(o.expect),
		MaxAge: o.maxAge.Duration, AgeLimits: o.secretAge.limits(), Progress: shown.counted,
	})
	shown.stop()
	err = unreadInOneLine(err)
	view := &verificationView{VerificationReport: report}
	if err == nil {
		view.Enforcement = enforcement(report.Seen)
	}
	var incomparable error
	if err == nil && t.plaintext != nil {
		view.Against, incomparable = t.plaintext.compare(ctx, c, selection.Names[0])
	}
	if printErr := o.print(view, selection, err); printErr != nil {
		return both(err, printErr)
	}
	if err == nil && report.Summary.Secrets == 0 {
		c.noteUnlabelled(ctx, "verify", selection)
	}
	if report.Summary.Secrets > 0 && c.config.TransitKey.Value.IsZero() {
		o.globals.note("no transit key is configured, so keys cannot be compared: no Secret is reported as foreign-key")
	}
	if incomparable != nil && len(report.Findings) == 0 {
		return incomparable
	}
	err = both(err, incomparable)
	return o.endOf(view, selection, err)
}
