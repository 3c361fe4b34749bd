package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

const editLong = `Edit a sealed Secret in your editor: KUBE_EDITOR, else EDITOR, else vi.

A Secret with one entry, or the ENTRY that you name, is shown as it is. Several entries
are shown as a YAML mapping, with text as text and other bytes as base64. When you save
and exit, only the entries that you changed are sealed again, in one conditional write.
If you save nothing, nothing changes. A changed value renews the annotation
vaultseal.dev/sealed-at, and --expires then sets vaultseal.dev/expires.

The editor opens again with your text, and the reason at the top, if a document does not
parse, if the write fails, or if another client has changed the same entries meanwhile.
To cancel, exit without changes. Changes that another client makes to other entries are
kept, and do not open the editor again.

The plaintext is in a directory in memory (on Linux: XDG_RUNTIME_DIR or /dev/shm) that
only you can enter. It is removed when the command ends, also when you interrupt it.
Turn off what your editor itself saves, such as vim's viminfo and undo files. No Vault
token is held while you edit.

` + operandsHelp

const editExample = `  # Edit a Secret
  kubectl vaultseal edit matrix-secrets

  # Edit one of several entries, in another editor
  KUBE_EDITOR=nano kubectl vaultseal edit app config.yaml

  # Edit a sealed manifest in git
  kubectl vaultseal edit -f app-sealed.yaml`

type editOptions struct {
	manifests manifestFlags
	expires   expiresFlag
	readBack  bool
	writeFlags

	operands
}

func newEdit(g *globals) *cobra.Command {
	o := &editOptions{}
	cmd := &cobra.Command{
		Use:     "edit NAME [ENTRY] | edit -f FILE [NAME [ENTRY]]",
		Short:   "Edit a sealed Secret in your editor",
		Long:    editLong,
		Example: editExample,
		Args:    arguments(o.manifests.nameless(cobra.RangeArgs(1, 2))),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.ValidArgsFunction = g.complete(secretAndEntryWords)
	cmd.Flags().BoolVar(&o.readBack, "read-back", true,
		"Open the new ciphertext and compare it with the text before the write")
	addExpiresFlag(cmd, &o.expires, "With a change, record when the credential expires")
	o.manifests.addOne(cmd)
	o.addWriteFlags(g, cmd)
	return cmd
}

func (o *editOptions) check(args []string) (err error) {
	if o.operands, err = o.manifests.parseWords(args); err != nil {
		return err
	}
	return o.manifests.checkWrites(o.dryRun)
}

// connect makes a connection for one step: while the user edits, there is none.
func (o *editOptions) connect(ctx context.Context, store engine.Store) (*connection, error) {
	return o.globals.connect(ctx, connectOptions{store: store, needs: config.Needs{Part: config.Sealer},
		fieldManager: *o.fieldManager})
}

// edited is a Secret that was opened, and the store that it was opened from; nil: the cluster.
type edited struct {
	*engine.Opened

	store engine.Store
}

// open opens the Secret as it is now.
func (o *editOptions) open(ctx context.Context) (edited, error) {
	store, err := o.manifests.readOne(ctx, o.globals, &o.operands)
	if err != nil {
		return edited{}, err
	}
	c, err := o.connect(ctx, store)
	if err != nil {
		return edited{}, err
	}
	defer c.close(ctx)
	opened, err := c.OpenToChange(ctx, c.namespace, o.name, o.entry)
	return edited{opened, store}, err
}

func (o *editOptions) save(ctx context.Context, opened edited,
	entries map[string][]byte) (*engine.CreateResult, error) {
	c, err := o.connect(ctx, opened.store)
	if err != nil {
		return nil, err
	}
	defer c.close(ctx)
	return c.Save(ctx, engine.SaveRequest{Opened: opened.Opened, Entries: entries, Expires: o.expires.Expiry,
		ReadBack: o.readBack, DryRun: o.dryRun.DryRun})
}

func (o *editOptions) run(ctx context.Context) error {
	opened, err := o.open(ctx)
	if err != nil {
		return err
	}
	e := &editing{editOptions: o, editor: newEditor(o.globals), opened: opened,
		shownAs: editTextOf(opened.Name, opened.Entries)}
	o.name = opened.Name // the same one, when it is opened again
	if e.shownAs.entry != "" {
		o.entry = e.shownAs.entry // what others add meanwhile is not in sight
	}
	result, err := e.untilSaved(ctx)
	if err != nil {
		return err
	}
	if result == nil {
		return o.printLine(opened.Name, unchanged)
	}
	secret, err := o.report(result, nil)
	if err != nil {
		return err
	}
	return o.printAll([]*corev1.Secret{secret})
}

// editing is one Secret in the user's hands.
type editing struct {
	*editOptions

	editor  *editor
	opened  edited
	shownAs editText
}

// untilSaved shows the text, again and again, until it is saved or the user gives up. The result is nil where nothing
// was changed.
func (e *editing) untilSaved(ctx context.Context) (*engine.CreateResult, error) {
	text := e.shownAs.print(e.opened.Entries)
	var above notice
	var failed error // why the text is shown again
	for {
		shown := above.above(text)
		edited, err := e.editor.edit(ctx, e.shownAs.file(), shown)
		switch {
		case err != nil:
			return nil, err
		case bytes.Equal(edited, shown), len(bytes.TrimSpace(edited)) == 0:
			return nil, failed
		}
		text = above.taken(edited)
		result, again, err := e.try(ctx, text)
		var stopped Signal
		if err == nil || ctx.Err() != nil || errors.As(err, &stopped) || !e.globals.process.canAsk() {
			return result, err
		}
		text, above, failed = again.text, again.above, err
	}
}

// shownAgain is the text to show next, and what to say above it.
type shownAgain struct {
	text  []byte
	above notice
}

// try saves a text. With an error it says how to go on.
func (e *editing) try(ctx context.Context, text []byte) (*engine.CreateResult, shownAgain, error) {
	again := shownAgain{text: text}
	entries, err := e.shownAs.parse(text, e.opened.Entries)
	if err != nil {
		again.above = noticeOf("error: "+err.Error(), "Fix it and save, or exit without changes to cancel.")
		return nil, again, err
	}
	result, err := e.save(ctx, e.opened, entries)
	if !errors.Is(err, kube.ErrConflict) {
		if err != nil {
			again.above = noticeOf("error: "+err.Error(), hint(err),
				"It is not saved. To try again, remove this line and save; to cancel, exit without changes.")
		}
		return result, again, err
	}
	return nil, e.catchUp(ctx, again, entries), err
}

// placesThatDiffer lists the entries, and the fields of documents, that someone else has changed. It shows no value.
func placesThatDiffer(before, after map[string][]byte, changed []string) []string {
	var places []string
	for _, name := range changed {
		difference := engine.EntryDifference{Entry: name, Kind: document.Changed, Before: before[name],
			After: after[name]}
		if _, was := before[name]; !was {
			difference.Kind = document.Added
		} else if _, is := after[name]; !is {
			difference.Kind = document.Removed
		}
		lines, err := linesOf(difference)
		if err != nil || len(lines) == 0 {
			lines = []string{name + ": " + string(difference.Kind)}
		}
		places = append(places, lines...)
	}
	return places
}

// catchUp applies the user's changes to what another client has written in the meantime, and edits the result.
func (e *editing) catchUp(ctx context.Context, again shownAgain, ours map[string][]byte) shownAgain {
	const try = "To write the text below, remove this line and save; to cancel, exit without changes."
	theirs, err := e.open(ctx)
	if err != nil {
		again.above = noticeOf("error: another client has written the Secret meanwhile, and it cannot be read: "+
			err.Error(), hint(err), try)
		return again
	}
	all, changed, clash := merged(e.opened.Entries, theirs.Entries, ours)
	lines := []string{fmt.Sprintf("error: another client has written secret %s/%s meanwhile, and changed nothing "+
		"that you see.", e.opened.Namespace, e.opened.Name)}
	if len(changed) > 0 {
		lines[0] = fmt.Sprintf("error: another client has written secret %s/%s meanwhile:", e.opened.Namespace,
			e.opened.Name)
		lines = append(lines, placesThatDiffer(e.opened.Entries, theirs.Entries, changed)...)
		lines = append(lines, "The text below has these changes, and yours.")
	}
	if len(clash) > 0 {
		lines = append(lines, "You have both changed "+strings.Join(clash, ", ")+
			": the text below has your version, which would replace theirs.")
	}
	e.opened = theirs
	return shownAgain{text: e.shownAs.print(all), above: noticeOf(append(lines, try)...)}
}
