package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/internal/delivery"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// TestFilesTakesTheArgumentsOfInject: the command in the pod understands each argument that inject writes, and every
// directory that it reads or writes is mounted.
func TestFilesTakesTheArgumentsOfInject(t *testing.T) {
	names, err := filepath.Glob("../../internal/workload/testdata/*.out.yaml")
	if err != nil || len(names) < 5 {
		t.Fatalf("%v, %v", names, err)
	}
	checked := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var root any
		if err := yaml.Unmarshal(text, &root); err != nil {
			t.Fatal(err)
		}
		objects, err := workload.Objects(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range objects {
			kind, found := workload.KindOf(object.Version, object.Kind)
			if !found {
				continue
			}
			template, err := kind.Template(object.Fields)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range template.Spec.InitContainers {
				if strings.HasPrefix(c.Name, "vaultseal") {
					checkFilesArguments(t, c)
					checked++
				}
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d containers were checked", checked)
	}
}

// checkFilesArguments expands the arguments as kubelet does, and plans what they say.
func checkFilesArguments(t *testing.T, c corev1.Container) {
	t.Helper()
	if c.Args[0] != "files" {
		t.Fatalf("%s", c.Args)
	}
	expanded := make([]string, len(c.Args)-1)
	for n, argument := range c.Args[1:] {
		expanded[n] = strings.NewReplacer("$(POD_NAMESPACE)", "shop", "$$", "$").Replace(argument)
	}
	root := newRoot(tree().process)
	o := &filesOptions{globals: newGlobals(tree().process)}
	cmd := &cobra.Command{Use: "files"}
	o.addFlags(cmd)
	cmd.Flags().AddFlagSet(root.PersistentFlags())
	if err := cmd.ParseFlags(expanded); err != nil {
		t.Fatalf("%s: %v", c.Args, err)
	}
	if _, err := delivery.NewPlan(o.targets, delivery.Defaults{Namespace: "shop"}); err != nil {
		t.Errorf("%s: %v", c.Args, err)
	}
	for _, argument := range expanded {
		_, value, _ := strings.Cut(argument, "=")
		for part := range strings.SplitSeq(value, "=") {
			part, _, _ = strings.Cut(part, ",")
			if strings.HasPrefix(part, "/") && !mounted(c, part) {
				t.Errorf("%s: %s is not mounted", c.Name, part)
			}
		}
	}
}

func mounted(c corev1.Container, path string) bool {
	for _, mount := range c.VolumeMounts {
		if path == mount.MountPath || strings.HasPrefix(path, mount.MountPath+"/") {
			return true
		}
	}
	return false
}
