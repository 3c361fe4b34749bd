package plugin

import (
	"io"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// printNamespaces names the namespaces that manifests in files are for, and says which of them were not in view.
func (g *globals) printNamespaces(out io.Writer, namespaces []engine.NamespaceReport) error {
	named := map[engine.NamespaceStatus][]string{}
	others := 0
	for _, n := range namespaces {
		named[n.Status] = append(named[n.Status], n.Namespace)
		if n.Status == engine.OutOfView {
			others += n.Secrets
		}
	}
	if others > 0 {
		g.note("out of view because of -n: %s of %s %s", count(others, "Secret"),
			namespaceWord(named[engine.OutOfView]), firstOf(named[engine.OutOfView]))
	}
	for _, line := range []struct {
		status engine.NamespaceStatus
		text   string
	}{{engine.InView, "%s in view: %s\n"}, {engine.NotSetUp, "%s not set up in this cluster: %s\n"}} {
		if names := named[line.status]; len(names) > 0 {
			if err := say(out, line.text, namespaceWord(names), firstOf(names)); err != nil {
				return err
			}
		}
	}
	return nil
}

func namespaceWord(names []string) string {
	if len(names) == 1 {
		return "namespace"
	}
	return "namespaces"
}
