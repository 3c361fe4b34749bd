package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/formcheck"
)

const offlineHelp = `With --offline it contacts no server, needs no kubeconfig, and proves only form, never that
something opens. Arguments are then files, like those of -f. Every entry of every Secret must be
a ciphertext. Each finding is one line, FILE:LINE: STATUS: REASON, which editors and CI read.
Findings are unsealed, plaintext, unreadable, expired, expires-soon, old, missing, and:

  malformed    the ciphertext is cut off or damaged, or an annotation or a field is invalid
  incomplete   the manifest lacks the namespace or name that its scope binds to
  unbound      with --require-bound: no annotation names a scope
  weak-scope   with --require-scope: the annotation names a weaker scope

A file or document that cannot be read is a finding too, and the others are checked. Files
without Secrets pass. Plaintext Secrets of types that must stay plaintext, such as
kubernetes.io/dockerconfigjson, and values that a template of Helm makes are noted, and are no
finding; text in such a template is checked, also a string that it prints, such as a default.`

// offlineView is the report of a check of form, and how it is printed.
type offlineView struct{ *formcheck.Report }

// checkOffline reads the command line of a check without any server: the arguments are files.
func (o *verifyOptions) checkOffline(args []string) (formcheck.Request, error) {
	s := o.selection
	s.manifests.paths = append(s.manifests.paths, args...)
	switch {
	case !s.manifests.given():
		return formcheck.Request{}, usagef("--offline checks files: specify them, or -f DIRECTORY")
	case s.many() || s.selector != "" || s.discover:
		return formcheck.Request{}, usagef("--offline excludes -A, --namespaces, -l and --discover, which " +
			"ask the cluster")
	case o.against != "" || o.maxAge.Duration != 0:
		return formcheck.Request{}, usagef("--offline excludes --against and --max-age, which ask Vault")
	case o.output.value == outputWide, o.output.value == outputOpenMetrics:
		return formcheck.Request{}, usagef("--offline has -o json, yaml and name")
	}
	// A namespace that cannot exist would leave all Secrets out of view: a file with the name -nx.yaml could do that.
	if problems := validation.IsDNS1123Label(*s.namespace); *s.namespace != "" && len(problems) > 0 {
		return formcheck.Request{}, usagef("--namespace %q: %s", *s.namespace, problems[0])
	}
	return formcheck.Request{
		Paths: s.manifests.paths, Recursive: s.manifests.recursive, Namespace: *s.namespace,
		RequireBound: o.requireBound, LeastScope: o.requireScope.Scope, Expect: int(o.expect),
		AgeLimits: o.secretAge.limits(), Now: time.Now(),
	}, nil
}

// runOffline checks the form of manifests. It must not connect, and must not read the kubeconfig.
func (o *verifyOptions) runOffline(ctx context.Context, args []string) error {
	request, err := o.checkOffline(args)
	if err != nil {
		return err
	}
	in := o.globals.process.In
	request.Content = func(path string) ([]byte, error) { return readManifest(ctx, in, path) }
	type result struct {
		report *formcheck.Report
		err    error // of paths
	}
	done, interrupt := interruptible(ctx, func() (result, error) {
		report, err := formcheck.Check(request)
		return result{report, err}, nil
	})
	if interrupt != nil {
		return interrupt
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	view := &offlineView{done.report}
	if err := o.printOffline(view); err != nil {
		return both(done.err, err)
	}
	if len(view.Findings) == 0 {
		return done.err
	}
	found := errors.New("verification found something: " + tallyOf(view.Summary.Findings))
	if done.err != nil {
		found = fmt.Errorf("%w; and %w", found, done.err)
	}
	return newReportError(exitFound, found, o.offlineHints(view))
}

// completeOffline lets the shell complete files after --offline, and the names of Secrets without it.
func (o *verifyOptions) completeOffline(cmd *cobra.Command) {
	names := cmd.ValidArgsFunction
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if o.offline {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return names(cmd, args, typed)
	}
}
