package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// doctorWorkloadFlags name the workload to examine.
type doctorWorkloadFlags struct {
	workload string
	files    workloadFlags
	name     *workloadName // of the workload; nil: the only one of the files
}

func (f *doctorWorkloadFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.workload, "workload", "", "Check what the pods of this workload need: `[KIND/]NAME`")
	f.files.add(cmd, "Check the workload in this `FILE`, not the cluster's; - for stdin; can be repeated")
}

func (f *doctorWorkloadFlags) given() bool { return f.workload != "" || len(f.files.paths) > 0 }

func (f *doctorWorkloadFlags) check(rotator bool) error {
	if !f.given() {
		return nil
	}
	if rotator {
		return usagef("--rotator and --workload or -f exclude each other")
	}
	if f.workload == "" {
		return nil
	}
	names, err := workloadNames([]string{f.workload}, false)
	if err == nil {
		f.name = &names[0]
	}
	return err
}

// find reads the workload.
func (f *doctorWorkloadFlags) find(ctx context.Context, g *globals, namespace string) (*doctor.Workload, error) {
	found, err := f.read(ctx, g, namespace)
	if err != nil {
		return nil, err
	}
	template, err := found.kind.Template(found.object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", found.label, err)
	}
	metadata, _ := found.object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	_, injected := annotations[workload.RecordAnnotation]
	return &doctor.Workload{Label: found.label, InFile: len(f.files.paths) > 0, Account: found.account,
		Injected: injected, Template: template}, nil
}

func (f *doctorWorkloadFlags) read(ctx context.Context, g *globals, namespace string) (foundWorkload, error) {
	if len(f.files.paths) > 0 {
		return f.choose(ctx, g, namespace)
	}
	config, _, err := g.cluster()
	if err != nil {
		return foundWorkload{}, err
	}
	objects, err := dynamicClient(config)
	if err != nil {
		return foundWorkload{}, err
	}
	return f.name.find(ctx, objects, namespace)
}

// choose returns the only workload of the files, or the one of the name.
func (f *doctorWorkloadFlags) choose(ctx context.Context, g *globals, namespace string) (foundWorkload, error) {
	all, err := f.files.read(ctx, g.process, namespace)
	if err != nil {
		return foundWorkload{}, err
	}
	var labels []string
	for _, one := range all {
		labels = append(labels, one.label)
		if f.name != nil && one.label == f.name.label() {
			return one, nil
		}
	}
	switch {
	case f.name != nil:
		return foundWorkload{}, usagef("there is no %s in the files; there is %s", f.name.label(), firstOf(labels))
	case len(all) > 1:
		return foundWorkload{}, usagef("there are several workloads in the files: specify one with --workload: %s",
			strings.Join(labels, ", "))
	}
	return all[0], nil
}
