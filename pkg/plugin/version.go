package plugin

import (
	"context"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const versionLong = `Print the version of the plugin, and of the API server and Vault or OpenBao.

Both servers are queried concurrently, without a Vault token, for at most 5 seconds each,
or --request-timeout. If one is not configured, a note says so. If a configured one cannot be
reached, it is an error, as with kubectl version: the other versions are printed, and the
exit code is 1 (4 if the server refuses to answer). A note lists server versions that were
not tested. The product is told by the fields of the server's answer, not by its version:
the answers of Vault before 1.16 and OpenBao before 2.6 are alike, and then both are named.`

const versionExample = `  # Print all versions
  kubectl vaultseal version

  # Print only the plugin's version, and contact no server
  kubectl vaultseal version --client

  # Print the versions for machines
  kubectl vaultseal version -o json`

type versionOptions struct {
	globals    *globals
	clientOnly bool
	output     *outputFlag
}

func newVersion(g *globals) *cobra.Command {
	o := &versionOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the versions of the plugin, the API server and Vault",
		Long:    versionLong,
		Example: versionExample,
		Args:    arguments(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&o.clientOnly, "client", false, "Print only the plugin's version, and contact no server")
	o.output = addOutputFlag(cmd, outputJSON, outputYAML)
	return cmd
}

// versionView is the report for machines. A server whose version is not known is left out.
type versionView struct {
	metav1.TypeMeta `json:",inline"`

	Client     clientVersion `json:"client"`
	Kubernetes *serverView   `json:"kubernetes,omitempty"`
	Vault      *serverView   `json:"vault,omitempty"`
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

type serverView struct {
	Product string `json:"product,omitempty"` // Vault or OpenBao; empty for Kubernetes, and if it is not known
	Version string `json:"version"`
	Tested  bool   `json:"tested"` // this minor version was tested
}

func (o *versionOptions) run(ctx context.Context) error {
	build := o.globals.process.Build
	view := &versionView{
		TypeMeta: metav1.TypeMeta{APIVersion: engine.ReportAPIVersion, Kind: "Version"},
		Client:   clientVersion{build.Version, build.Commit, build.Date, build.modified, runtime.Version(), platform()},
	}
	if o.clientOnly {
		return o.print(view)
	}
	servers := o.globals.askVersions(ctx)
	view.Kubernetes = o.serverView("Kubernetes", servers.kubernetes, compatibility.Kubernetes())
	view.Vault = o.vaultView(servers.vault)
	if err := o.print(view); err != nil {
		return err
	}
	return servers.failure(ctx)
}

// serverView notes why a version is not known, and that it was not tested.
func (o *versionOptions) serverView(name string, server serverVersion, tested compatibility.Tested) *serverView {
	if server.version == "" {
		if server.err == nil {
			o.globals.note("the version of %s is not known: %s", name, server.unknown)
		}
		return nil
	}
	view := &serverView{Version: server.version, Tested: tested.Covers(server.version)}
	if !view.Tested {
		o.globals.note("%s %s is not among the versions that were tested (%s): see %s", name, server.version, tested,
			compatibility.Page)
	}
	return view
}

// vaultView names the product. While the version is not known, it is called Vault as everywhere.
func (o *versionOptions) vaultView(server serverVersion) *serverView {
	if server.version == "" {
		return o.serverView("Vault", server, nil)
	}
	view := o.serverView(server.product.String(), server, compatibility.Product(string(server.product)))
	view.Product = string(server.product)
	return view
}

func (o *versionOptions) print(view *versionView) error {
	out := o.globals.process.Out
	if o.output.value != outputHuman {
		return printObject(out, o.output.value, view)
	}
	return view.print(out)
}

func (v *versionView) print(out io.Writer) error {
	commit := v.Client.Commit
	if v.Client.Modified {
		commit += ", and changes to it"
	}
	lines := [][2]string{
		{"Client Version", v.Client.Version}, {"Commit", commit}, {"Date", v.Client.Date},
		{"Go", v.Client.GoVersion}, {"Platform", v.Client.Platform},
	}
	if v.Kubernetes != nil {
		lines = append(lines, [2]string{"Kubernetes", v.Kubernetes.Version})
	}
	if v.Vault != nil {
		lines = append(lines, [2]string{transit.Product(v.Vault.Product).String(), v.Vault.Version})
	}
	var text strings.Builder
	for _, line := range lines {
		if line[1] != "" {
			_ = say(&text, "%s: %s\n", line[0], line[1])
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}
