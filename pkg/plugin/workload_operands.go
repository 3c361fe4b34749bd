package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/dynamic"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// workloadFlags are -f, of commands that work on workloads. Without it, the workloads are the cluster's.
type workloadFlags struct {
	paths []string
}

func (f *workloadFlags) add(cmd *cobra.Command, usage string) {
	cmd.Flags().StringArrayVarP(&f.paths, "filename", "f", nil, usage)
}

// check says whether a command line names workloads in one way.
func (f *workloadFlags) check(args []string) error {
	switch {
	case len(f.paths) > 0 && len(args) > 0:
		return usagef("-f and [KIND/]NAME exclude each other")
	case len(f.paths) == 0 && len(args) == 0:
		return usagef("specify a workload, as [KIND/]NAME or with -f FILE")
	}
	return nil
}

// foundWorkload is a workload of the cluster or of a file.
type foundWorkload struct {
	label   string // KIND/NAME
	kind    workload.Kind
	object  map[string]any // nil: it is only an account
	account string         // name of the ServiceAccount of its pods
}

// workloadName is a workload as the command line names it.
type workloadName struct {
	workload.Kind

	account bool // it is a ServiceAccount, of no workload
	name    string
}

// workloadNames reads [KIND/]NAME. A name alone is that of a Deployment. With accounts, the kind may be serviceaccount.
func workloadNames(args []string, accounts bool) ([]workloadName, error) {
	names := make([]workloadName, len(args))
	for n, arg := range args {
		word, name, qualified := strings.Cut(arg, "/")
		if !qualified {
			word, name = "deployment", arg
		}
		if problems := validation.NameIsDNSSubdomain(name, false); len(problems) > 0 {
			return nil, usagef("invalid name %q: want lower case letters, digits, '-' and '.', at most 253", name)
		}
		var known bool
		names[n].name = name
		names[n].Kind, known = workload.KindNamed(word)
		switch kinds := workload.KindNames(); {
		case known:
		case accounts && (word == "serviceaccount" || word == "serviceaccounts" || word == "sa"):
			names[n].account = true
		case accounts:
			return nil, usagef("%q is no kind of workload: want %s or serviceaccount", word, strings.Join(kinds, ", "))
		default:
			return nil, usagef("%q is no kind of workload: want one of %s", word, strings.Join(kinds, ", "))
		}
	}
	return names, nil
}

func (w workloadName) label() string { return strings.ToLower(w.Kind.Kind) + "/" + w.name }

// find reads the workload from the cluster. A ServiceAccount may not exist yet.
func (w workloadName) find(ctx context.Context, client dynamic.Interface, namespace string) (foundWorkload, error) {
	if w.account {
		return foundWorkload{label: "serviceaccount/" + w.name, account: w.name}, nil
	}
	found := foundWorkload{label: w.label(), kind: w.Kind}
	live, err := client.Resource(w.GroupVersionResource()).Namespace(namespace).Get(ctx, w.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return found, withHint(fmt.Errorf("%s in namespace %s: not found", found.label, namespace),
			workloadNotFoundHint(w.Resource, namespace))
	}
	if err != nil {
		return found, fmt.Errorf("read %s in namespace %s: %w", found.label, namespace, kube.Classify(err))
	}
	found.object = live.Object
	found.account, err = w.Account(live.Object)
	if err != nil {
		return found, fmt.Errorf("%s: %w", found.label, err)
	}
	return found, nil
}

// read returns the workloads of the files. Those of another namespace than the working one are an error: the author of
// the file must not choose the namespace whose accounts get a role.
func (f *workloadFlags) read(ctx context.Context, process Process, working string) ([]foundWorkload, error) {
	var all []foundWorkload
	for _, path := range f.paths {
		raw, err := readManifest(ctx, process.In, path)
		var objects []manifest.Object
		if err == nil {
			objects, err = manifest.ReadObjects(raw)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fileLabel(path), err)
		}
		before := len(all)
		for _, o := range objects {
			kind, is := workload.KindOf(o.Version, o.Kind)
			if !is {
				continue
			}
			found, err := workloadIn(kind, o.Fields, working)
			if err != nil {
				return nil, inFile(fileLabel(path), err)
			}
			all = append(all, found)
		}
		if len(all) == before {
			return nil, withHint(fmt.Errorf("%s: there is no workload in it", fileLabel(path)), noWorkloadHint())
		}
	}
	return all, nil
}

// workloadIn is the workload of a manifest, whose metadata may be anything.
func workloadIn(kind workload.Kind, object map[string]any, working string) (foundWorkload, error) {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	if generated, _ := metadata["generateName"].(string); name == "" {
		name = generated // of Jobs and Pods
	}
	found := foundWorkload{label: printable.Line(strings.ToLower(kind.Kind) + "/" + name), kind: kind, object: object}
	if given, _ := metadata["namespace"].(string); given != "" && given != working {
		return found, &OtherWorkloadNamespaceError{Workload: found.label, Namespace: given, Working: working}
	}
	account, err := kind.Account(object)
	if err == nil && len(utilvalidation.IsDNS1123Subdomain(account)) > 0 {
		err = errors.New("the name of its ServiceAccount is invalid")
	}
	if err != nil {
		return found, fmt.Errorf("%s: %w", found.label, err)
	}
	found.account = account
	return found, nil
}

// inFile adds the file to an error. It is a usage error if another flag fixes it.
func inFile(file string, err error) error {
	wrapped := fmt.Errorf("%s: %w", file, err)
	var other *OtherWorkloadNamespaceError
	if errors.As(err, &other) {
		return newUsageError(wrapped, otherWorkloadNamespaceHint(other))
	}
	return wrapped
}

func fileLabel(path string) string {
	if path == stdin {
		return "stdin"
	}
	return path
}

// OtherWorkloadNamespaceError says that the manifest of a workload is for another namespace than the one that the
// command works in.
type OtherWorkloadNamespaceError struct{ Workload, Namespace, Working string }

func (e *OtherWorkloadNamespaceError) Error() string {
	return fmt.Sprintf("the manifest of %s is for namespace %s, and this command works in namespace %s", e.Workload,
		e.Namespace, e.Working)
}
