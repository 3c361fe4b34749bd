package plugin

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/secretusers"
)

// fromSecretFlags are --from-secret and the flags that it takes.
type fromSecretFlags struct {
	given     bool
	selection selectionFlags
	directory string // --output-dir
	inUse     bool
}

func (f *fromSecretFlags) add(g *globals, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.given, "from-secret", false, "Seal the plaintext Secrets NAME... of the cluster in place, or "+
		"with --output-dir for git")
	flags.StringVar(&f.directory, "output-dir", "", "With --from-secret, write sealed manifests to "+
		"`DIR`/NAMESPACE/NAME.yaml, and change nothing in the cluster")
	flags.BoolVar(&f.inUse, "in-use", false, "With --from-secret, do not look for what uses the Secrets as plaintext")
	flags.BoolVarP(&f.selection.allNamespaces, "all-namespaces", "A", false,
		"With --from-secret, take the Secrets of all namespaces")
	flags.StringSliceVar(&f.selection.namespaces, "namespaces", nil,
		"With --from-secret, take the Secrets of these `NAMESPACES`")
	flags.StringVarP(&f.selection.selector, "selector", "l", "",
		"With --from-secret, take the Secrets whose labels match this `SELECTOR`")
	completeFlag(cmd, "namespaces", g.complete(namespaceWords))
	_ = cmd.MarkFlagDirname("output-dir")
}

// alone refuses these flags without --from-secret.
func (f *fromSecretFlags) alone() error {
	if !f.given && (f.selection.many() || f.selection.selector != "" || f.directory != "" || f.inUse) {
		return usagef("--output-dir, --in-use, -l, --namespaces and -A require --from-secret")
	}
	return nil
}

// fromSecrets seals Secrets of the cluster.
func (o *createOptions) fromSecrets(ctx context.Context, args []string) error {
	selection, err := o.checkFromSecret(args)
	if err != nil {
		return err
	}
	if len(selection.Names) == 0 || o.live.directory != "" {
		return o.exportSecrets(ctx, selection)
	}
	return o.sealInPlace(ctx, selection.Names)
}

// checkFromSecret reads the command line.
func (o *createOptions) checkFromSecret(args []string) (engine.Selection, error) {
	var none engine.Selection
	if err := o.dryRun.checkArgs(args); err != nil {
		return none, err
	}
	selection, err := o.live.selection.check(args)
	selection.Names = eachOnce(selection.Names)
	many := o.live.selection.many() || selection.Selector != ""
	export := o.live.directory != "" || many
	switch {
	case err != nil:
		return none, err
	case o.plaintext.given():
		return none, usagef("--from-secret seals the Secret's values: it excludes -f, --type and other sources")
	case o.merge || o.adopt || o.overwrite && o.live.directory == "":
		return none, usagef("--from-secret seals the existing Secret: it excludes --merge and --adopt, and " +
			"--overwrite without --output-dir")
	case len(selection.Names) == 0 && !many:
		return none, usagef("--from-secret requires NAME, -l, --namespaces or -A")
	case o.diff && export:
		return none, usagef("--diff excludes --output-dir, -l, --namespaces and -A")
	case export && o.dryRun.DryRun == engine.DryRunServer:
		return none, usagef("--dry-run=server excludes --output-dir, -l, --namespaces and -A: nothing is sent to the " +
			"API server")
	case many && o.live.directory == "" && o.dryRun.DryRun == engine.DryRunNone:
		return none, newUsageError(fmt.Errorf("-l, --namespaces and -A require --output-dir or --dry-run"),
			sealManyHint())
	}
	if o.diff {
		o.dryRun.unlessGiven(engine.DryRunClient)
	}
	return selection, nil
}

// eachOnce drops the names that were given before: a Secret that is sealed cannot be sealed again.
func eachOnce(names []string) (once []string) {
	for _, name := range names {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}

// liveRequest seals the entries of a Secret of the cluster.
func (o *createOptions) liveRequest(namespace, name string) engine.CreateRequest {
	r := engine.CreateRequest{Namespace: namespace, Name: name, Live: true, IfExists: engine.Merge, Adopt: true,
		Installation: o.globals.configNamespace}
	o.addTo(&r)
	return r
}

// sealInPlace seals Secrets of one namespace where they are. All are checked before the first one is written.
func (o *createOptions) sealInPlace(ctx context.Context, names []string) error {
	c, err := o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Sealer},
		fieldManager: *o.fieldManager})
	if err != nil {
		return err
	}
	defer c.close(ctx)
	if err := o.checkAll(ctx, c, names); err != nil {
		return err
	}
	if err := o.checkUnused(ctx, c, names); err != nil {
		return err
	}
	var requests []engine.CreateRequest
	for _, name := range names {
		requests = append(requests, o.liveRequest(c.namespace, name))
	}
	return o.createAll(ctx, c, requests)
}

// checkAll checks that the Secrets can be sealed.
func (o *createOptions) checkAll(ctx context.Context, c *connection, names []string) error {
	surveyed, err := c.Survey(ctx, engine.Selection{Names: names, Namespaces: []string{c.namespace}},
		o.globals.configNamespace)
	if err != nil {
		return err
	}
	return whyNone(surveyed)
}

// whyNone says why some of the Secrets cannot be sealed; nil: all can be.
func whyNone(surveyed []engine.Surveyed) (all error) {
	for _, one := range surveyed {
		all = bothInLine(all, whyNot(one))
	}
	return all
}

// whyNot says why a Secret cannot be sealed; nil: it can be.
func whyNot(one engine.Surveyed) error {
	switch {
	case one.Err != nil:
		return one.Err
	case one.Left == nil:
		return nil
	case one.Left.Reason == sealed.LeftSealed:
		return fmt.Errorf("secret %s/%s is already sealed", one.Namespace, one.Name)
	case one.Left.Reason == sealed.LeftEmpty:
		return fmt.Errorf("secret %s/%s: it has no entries: there is nothing to seal", one.Namespace, one.Name)
	}
	return &engine.NotReplaceableError{Namespace: one.Namespace, Name: one.Name, Reason: one.Left}
}

// checkUnused refuses Secrets whose plaintext something in the cluster needs.
func (o *createOptions) checkUnused(ctx context.Context, c *connection, names []string) error {
	if o.live.inUse {
		return nil
	}
	found, err := c.secretUsers(ctx, []string{c.namespace})
	if err != nil {
		return err
	}
	var all error
	for _, name := range names {
		if users := found.Of(c.namespace, name); len(users) > 0 {
			all = bothInLine(all, &secretusers.InUseError{Namespace: c.namespace, Name: name, Users: users})
		}
	}
	if unread := found.UnreadIn(c.namespace); all == nil && len(unread) > 0 {
		return &secretusers.UnreadError{Namespace: c.namespace, Unread: unread}
	}
	if all == nil {
		c.globals.noteUnread(found)
	}
	return all
}

// secretUsers finds what uses the Secrets of namespaces; none: of all.
func (c *connection) secretUsers(ctx context.Context, namespaces []string) (*secretusers.Found, error) {
	restConfig, _, err := c.globals.cluster()
	if err != nil {
		return nil, err
	}
	objects, err := dynamicClient(restConfig)
	if err != nil {
		return nil, err
	}
	metadataOnly, err := metadataClient(restConfig)
	if err != nil {
		return nil, err
	}
	return secretusers.Find(ctx, secretusers.Clients{Objects: objects, Metadata: metadataOnly}, namespaces)
}

// noteUnread names the kinds of cluster-wide objects, and of objects in other namespaces, that the user may not list.
// Few users may, and few of these objects use Secrets.
func (g *globals) noteUnread(found *secretusers.Found) {
	var kinds []string
	for _, one := range found.UnreadElsewhere() {
		kinds = append(kinds, one.String())
	}
	if len(kinds) > 0 {
		g.note("you may not list %s: whether one of them uses a Secret is not known", firstOf(kinds))
	}
}
