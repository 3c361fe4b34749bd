package plugin

import (
	"time"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// globals is what all commands share: the process, and the flags for
// Kubernetes, Vault and logging.
type globals struct {
	process Process
	kube    *genericclioptions.ConfigFlags

	kubeFlags, vaultFlags, logFlags *pflag.FlagSet
	configNamespace                 string
	timeout                         time.Duration // of a request to Vault, --request-timeout; 0: its client's own

	waiting waiting
}

func newGlobals(process Process) *globals {
	g := &globals{
		process:    process.filtered(),
		kube:       genericclioptions.NewConfigFlags(true),
		kubeFlags:  pflag.NewFlagSet("kubernetes", pflag.ContinueOnError),
		vaultFlags: pflag.NewFlagSet("vault", pflag.ContinueOnError),
		logFlags:   pflag.NewFlagSet("logging", pflag.ContinueOnError),
	}
	g.waiting.note = g.note
	g.kube.CacheDir = nil // nothing is discovered, so nothing is cached
	g.kube.AddFlags(g.kubeFlags)
	g.addVaultFlags()
	g.vaultFlags.VisitAll(namePlaceholder)
	addLogFlags(g.logFlags)
	return g
}

func (g *globals) addFlags(flags *pflag.FlagSet) {
	flags.AddFlagSet(g.kubeFlags)
	flags.AddFlagSet(g.vaultFlags)
	flags.AddFlagSet(g.logFlags)
}

// addVaultFlags adds the flags of the table of settings, which config.Sources looks up by name.
func (g *globals) addVaultFlags() {
	for _, setting := range config.Settings() {
		switch {
		case setting.Flag == "":
		case setting == config.ConfigNamespace:
			g.vaultFlags.StringVar(&g.configNamespace, setting.Flag, setting.Preset, setting.Usage)
		case setting.Switch:
			g.vaultFlags.Bool(setting.Flag, false, setting.FlagUsage())
		default:
			g.vaultFlags.String(setting.Flag, "", setting.FlagUsage())
		}
	}
}

// lookup gives the value of a flag that the user set.
func (g *globals) lookup(name string) (string, bool) {
	flag := g.vaultFlags.Lookup(name)
	if flag == nil || !flag.Changed {
		return "", false
	}
	return flag.Value.String(), true
}
