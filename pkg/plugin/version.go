package plugin

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

const versionLong = `Print which build of the plugin this is.`

const versionExample = `  # Which version is this?
  kubectl vaultseal version

  # For a machine
  kubectl vaultseal version -o json`

type versionOptions struct {
	globals *globals
	output  *outputFlag
}

func newVersion(g *globals) *cobra.Command {
	o := &versionOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the plugin's version",
		Long:    versionLong,
		Example: versionExample,
		Args:    arguments(cobra.NoArgs),
		RunE:    func(*cobra.Command, []string) error { return o.run() },
	}
	o.output = addOutputFlag(cmd, outputJSON, outputYAML)
	return cmd
}

// versionView is the report for machines.
type versionView struct {
	metav1.TypeMeta `json:",inline"`

	Client clientVersion `json:"client"`
}

// clientVersion is the plugin's own.
type clientVersion struct {
	Version   string `json:"version"`
	Commit    string `json:"commit,omitempty"`
	Date      string `json:"date,omitempty"`     // of the commit
	Modified  bool   `json:"modified,omitempty"` // the sources were not those of the commit
	GoVersion string `json:"goVersion"`
	Platform  string `json:"platform"`
}

func (o *versionOptions) run() error {
	build, out := o.globals.process.Build, o.globals.process.Out
	view := &versionView{
		TypeMeta: metav1.TypeMeta{APIVersion: vaultseal.ReportAPIVersion, Kind: "Version"},
		Client:   clientVersion{build.Version, build.Commit, build.Date, build.modified, runtime.Version(), platform()},
	}
	if o.output.value != outputHuman {
		return printObject(out, o.output.value, view)
	}
	return view.Client.print(out)
}

func (c clientVersion) print(out io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Client Version: %s\n", c.Version)
	if c.Commit != "" {
		commit := c.Commit
		if c.Modified {
			commit += ", and changes to it"
		}
		fmt.Fprintf(&text, "Commit: %s\n", commit)
	}
	if c.Date != "" {
		fmt.Fprintf(&text, "Date: %s\n", c.Date)
	}
	fmt.Fprintf(&text, "Go: %s\nPlatform: %s\n", c.GoVersion, c.Platform)
	_, err := io.WriteString(out, text.String())
	return err
}
