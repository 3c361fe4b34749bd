package plugin

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const listLong = `List sealed Secrets: the number of their entries, the transit key and the key version that
they are sealed with, their scope, and their age. If not all entries are sealed, ENTRIES is
sealed/all. If the versions differ, VERSION is a range. AGE is the time since the object was
created.

SEALED is the time since plaintext was last set, and EXPIRES when it must be replaced, as the
annotations vaultseal.dev/sealed-at and vaultseal.dev/expires say. Anyone who can edit the
Secret can write these. SEALED is unknown if sealed-at is missing, invalid or in the future.

Only -o wide contacts Vault. It shows each key's latest version and which Secrets are stale,
that is older.`

const listExample = `  # List the sealed Secrets of this namespace, or of all
  kubectl vaultseal list
  kubectl vaultseal list -A

  # See which need a rewrap
  kubectl vaultseal list -A -o wide

  # Print names for a script
  kubectl vaultseal list -l app=web -o name`

type listOptions struct {
	globals   *globals
	selection *selectionFlags
	output    *outputFlag
}

func newList(g *globals) *cobra.Command {
	o := &listOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "list [NAME...]",
		Aliases: []string{"ls"},
		Short:   "List sealed Secrets",
		Long:    listLong,
		Example: listExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			selection, err := o.selection.check(args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), selection)
		},
	}
	o.selection = addSelectionFlags(g, cmd)
	o.output = addOutputFlag(cmd, outputWide, outputJSON, outputYAML, outputName)
	return cmd
}

func (o *listOptions) run(ctx context.Context, selection engine.Selection) error {
	c, err := o.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close(ctx)
	selection = o.selection.in(c.namespace, selection)
	listed, err := c.List(ctx, selection)
	if err == nil && o.output.value == outputWide && len(listed) > 0 {
		err = c.Compare(ctx, listed)
	}
	if err != nil {
		return err
	}
	return o.print(listed, selection)
}

// connect leaves Vault and all that is configured of it out, unless it is to be asked.
func (o *listOptions) connect(ctx context.Context) (*connection, error) {
	if o.output.value != outputWide {
		return o.globals.connectCluster(engine.ClusterOptions{})
	}
	part := config.Sealer
	if o.selection.many() {
		part = config.Rotator
	}
	return o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: part}})
}

// secretList is the report for machines.
type secretList struct {
	metav1.TypeMeta `json:",inline"`

	Items []engine.Listed `json:"items"`
}

func (o *listOptions) print(listed []engine.Listed, selection engine.Selection) error {
	out := o.globals.process.Out
	switch o.output.value {
	case outputJSON, outputYAML:
		list := secretList{TypeMeta: metav1.TypeMeta{APIVersion: engine.ReportAPIVersion, Kind: "SealedSecretList"},
			Items: listed}
		if list.Items == nil {
			list.Items = []engine.Listed{}
		}
		return printObject(out, o.output.value, list)
	case outputName:
		for _, l := range listed {
			if err := say(out, "secret/%s\n", l.Name); err != nil {
				return err
			}
		}
		return nil
	}
	if len(listed) == 0 {
		o.globals.note("no sealed Secrets %s", o.selection.where(selection))
		return nil
	}
	unknown := newCauses("Secret")
	for _, l := range listed {
		if where := l.Namespace + "/" + l.Name; l.Reason != "" {
			unknown.add(where, causeOf(l.Reason, where), "secret "+where+": "+l.Reason)
		}
	}
	for _, line := range unknown.lines("cannot be read, or compared with Vault's latest version") {
		o.globals.warn("%s", line)
	}
	return o.printTable(out, listed)
}

func (o *listOptions) printTable(out io.Writer, listed []engine.Listed) error {
	table := newTable(out)
	headings := []string{"NAME", "ENTRIES", "TRANSIT KEY", "VERSION", "SCOPE", "AGE", "SEALED", "EXPIRES"}
	if o.selection.many() {
		headings = append([]string{"NAMESPACE"}, headings...)
	}
	if o.output.value == outputWide {
		headings = append(headings, "LATEST", "STALE", "TYPE")
	}
	table.row(headings...)
	now := time.Now()
	for _, l := range listed {
		table.row(o.row(l, now)...)
	}
	return table.Flush()
}

func (o *listOptions) row(l engine.Listed, now time.Time) []string {
	row := []string{l.Name, entriesOf(l), orNone(l.TransitKey), versionsOf(l), l.Scope.String(),
		duration.HumanDuration(now.Sub(l.Created)), sealedSince(l.Age, now), expiresIn(l.Age, now)}
	if o.selection.many() {
		row = append([]string{l.Namespace}, row...)
	}
	if o.output.value == outputWide {
		stale := "-" // not known
		if l.LatestVersion > 0 {
			stale = yesNo(l.Stale)
		}
		row = append(row, versionOrNone(l.LatestVersion), stale, l.Type)
	}
	return row
}

// entriesOf is their number, or sealed/all.
func entriesOf(l engine.Listed) string {
	if n := l.Sealed(); n != len(l.Entries) {
		return fmt.Sprintf("%d/%d", n, len(l.Entries))
	}
	return fmt.Sprint(len(l.Entries))
}

// versionsOf is a key version, or the range of several.
func versionsOf(l engine.Listed) string {
	lowest, highest := l.Versions()
	if lowest != highest {
		return fmt.Sprintf("v%d-v%d", lowest, highest)
	}
	return versionOrNone(lowest)
}

func orNone(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
