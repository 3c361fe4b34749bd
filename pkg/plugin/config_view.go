package plugin

import (
	"context"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

func newConfig(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config COMMAND [flags]",
		Short: "Show the configuration",
		Args:  arguments(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigView(g))
	return cmd
}

const configViewLong = `Show every setting and its source: a flag, else the environment, else the cluster's
ConfigMap, else a default. Sealing, reading (exec) and rotating each have a Vault role and a
ServiceAccount. A ServiceAccount without a namespace is in the Secret's namespace.

Vault is not contacted, and no credential is shown.`

const configViewExample = `  # Show the settings in effect
  kubectl vaultseal config view

  # Show the settings with another context and another Vault
  kubectl vaultseal config view --context staging --vault-addr https://vault.staging.example.com`

type configViewOptions struct {
	globals *globals
	output  *outputFlag
}

func newConfigView(g *globals) *cobra.Command {
	o := &configViewOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "view",
		Short:   "Show every setting and where it comes from",
		Long:    configViewLong,
		Example: configViewExample,
		Args:    arguments(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.output = addOutputFlag(cmd, outputJSON, outputYAML)
	return cmd
}

// configurationView is the report for machines.
type configurationView struct {
	metav1.TypeMeta `json:",inline"`

	Settings []settingView `json:"settings"`
}

type settingView struct {
	Name   string `json:"name"`
	Value  string `json:"value,omitempty"`
	Origin string `json:"origin,omitempty"` // flag, environment, configmap or default; empty: not set
	From   string `json:"from,omitempty"`   // the flag, the variable or the ConfigMap key
}

func (o *configViewOptions) run(ctx context.Context) error {
	restConfig, err := o.globals.restConfig()
	if err != nil {
		return err
	}
	core, err := corev1client.NewForConfig(restConfig)
	if err != nil {
		return err
	}
	settings, audienceIgnored, err := config.View(ctx, o.globals.sources(ctx, core))
	if err != nil {
		return err
	}
	if audienceIgnored {
		o.globals.noteAudience()
	}
	if o.output.value != outputHuman {
		view := configurationView{TypeMeta: metav1.TypeMeta{APIVersion: engine.ReportAPIVersion, Kind: "Configuration"}}
		for _, s := range settings {
			view.Settings = append(view.Settings, settingView{s.Name, s.Value, string(s.Source.Origin), s.Source.Name})
		}
		return printObject(o.globals.process.Out, o.output.value, view)
	}
	table := newTable(o.globals.process.Out)
	table.row("SETTING", "VALUE", "SOURCE")
	for _, s := range settings {
		table.row(s.Name, orNone(s.Value), s.Source.String())
	}
	return table.Flush()
}
