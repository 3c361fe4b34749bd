package plugin

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// completionTimeout is how long a user waits after pressing the tab key, at most.
const completionTimeout = 3 * time.Second

// words returns the cluster's words that complete a word. It ignores errors: there is nothing to complete then.
type words func(ctx context.Context, c *connection, args []string) []string

// complete makes cobra's function. Who presses the tab key is never shown an error, nor a file's name in place of a
// Secret's.
func (g *globals) complete(from words) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		g.quietLog()
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
		defer cancel()
		c, err := g.connectCluster(engine.ClusterOptions{})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		before := "" // of a list with commas, only the last word is completed
		if at := strings.LastIndexByte(typed, ','); at >= 0 {
			before, typed = typed[:at+1], typed[at+1:]
		}
		var found []string
		for _, word := range from(ctx, c, args) {
			if strings.HasPrefix(word, typed) && canBeWord(word) {
				found = append(found, before+word)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// canBeWord reports whether a shell shows a word as it is. One that is escaped would name nothing.
func canBeWord(word string) bool { return printable.Line(word) == word }

// completeFlag completes the value of a flag that the command has.
func completeFlag(cmd *cobra.Command, flag string, function cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, function); err != nil {
		panic(err) // there is no such flag, or it is completed already
	}
}

// completeGlobals completes the flags that all commands share.
func (g *globals) completeGlobals(root *cobra.Command) {
	completeFlag(root, "namespace", g.complete(namespaceWords))
	completeFlag(root, config.ConfigNamespace.Flag, g.complete(namespaceWords))
	completeFlag(root, config.TransitKey.Flag, g.complete(keyWords))
	completeFlag(root, config.AuthMethod.Flag, cobra.FixedCompletions(
		[]string{string(transit.MethodKubernetes), string(transit.MethodJWT), string(transit.MethodToken)},
		cobra.ShellCompDirectiveNoFileComp))
	completeFlag(root, "context", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		raw, err := g.kube.ToRawKubeConfigLoader().RawConfig()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.DeleteFunc(slices.Sorted(maps.Keys(raw.Contexts)),
			func(name string) bool { return !canBeWord(name) }), cobra.ShellCompDirectiveNoFileComp
	})
}

func namespaceWords(ctx context.Context, c *connection, _ []string) []string {
	return namesOf(c.metadata(ctx, "namespaces", metav1.NamespaceAll, ""))
}

// sealedWords are the names of sealed Secrets that the command line does not have yet.
func sealedWords(ctx context.Context, c *connection, args []string) []string {
	return without(namesOf(c.metadata(ctx, "secrets", c.namespace, sealed.Selector)), args)
}

// without leaves out the names that the command line has.
func without(names, args []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.Contains(args, name) || slices.Contains(args, "secret/"+name)
	})
}

// plainWords are the names of Secrets that are not sealed, and that the command line does not have yet.
func plainWords(ctx context.Context, c *connection, args []string) []string {
	return without(namesOf(c.metadata(ctx, "secrets", c.namespace, "!"+sealed.Label)), args)
}

// secretAndEntryWords complete NAME, then ENTRY.
func secretAndEntryWords(ctx context.Context, c *connection, args []string) []string {
	switch len(args) {
	case 0:
		return sealedWords(ctx, c, args)
	case 1:
		name, err := secretName(args[0])
		if err != nil {
			return nil
		}
		secret, err := c.core.Secrets(c.namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return nil
		}
		return slices.Sorted(maps.Keys(secret.Data))
	}
	return nil
}

// oneSecretWords complete NAME only.
func oneSecretWords(ctx context.Context, c *connection, args []string) []string {
	if len(args) > 0 {
		return nil
	}
	return sealedWords(ctx, c, args)
}

// keyWords are the transit keys that Secrets of the namespace are annotated with, and the configured one.
func keyWords(ctx context.Context, c *connection, _ []string) []string {
	keys := map[string]bool{}
	for _, object := range c.metadata(ctx, "secrets", c.namespace, sealed.Selector) {
		if key, err := transit.ParseKey(object.Annotations[sealed.TransitKeyAnnotation]); err == nil {
			keys[key.String()] = true
		}
	}
	sources := c.globals.sources(ctx, c.core)
	sources.Flag = func(string) (string, bool) { return "", false } // the one that is being typed
	if settings, err := config.Load(ctx, sources, config.Needs{Part: config.Sealer}); err == nil {
		if key, err := settings.TransitKey.Value.For(c.namespace); err == nil && !settings.TransitKey.Value.IsZero() {
			keys[key.String()] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func namesOf(objects []metav1.PartialObjectMetadata) []string {
	names := make([]string, len(objects))
	for n, object := range objects {
		names[n] = object.Name
	}
	return names
}
