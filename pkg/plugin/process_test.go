package plugin

import (
	"bytes"
	"context"
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"
)

// ran is what a command has left behind.
type ran struct {
	code     int
	out, err string
}

// errorLines are the lines of stderr that start with "error:".
func (r ran) errorLines() []string {
	var lines []string
	for line := range strings.Lines(r.err) {
		if strings.HasPrefix(line, "error:") {
			lines = append(lines, line)
		}
	}
	return lines
}

// runWith runs one command in a process without a kubeconfig, which fails the test if it reads a variable of Vault,
// because no server must be contacted.
func runWith(t *testing.T, ctx context.Context, input string, args ...string) ran {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
	var out, errOut bytes.Buffer
	code := Main(ctx, Process{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(input), Out: &out, ErrOut: &errOut},
		Args:      args,
		LookupEnv: func(name string) (string, bool) {
			if strings.HasPrefix(name, "VAULT") {
				t.Errorf("%s was looked up", name)
			}
			return "", false
		},
	})
	return ran{code, out.String(), errOut.String()}
}

func run(t *testing.T, args ...string) ran {
	t.Helper()
	return runWith(t, t.Context(), "", args...)
}

// tree is a command tree for inspection, not for running.
func tree() *globals {
	return newGlobals(Process{IOStreams: genericiooptions.NewTestIOStreamsDiscard()})
}

// keepLogLevels puts klog's levels back at the end of a test.
func keepLogLevels(t *testing.T) *flag.FlagSet {
	t.Helper()
	all := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(all)
	before := map[string]string{"v": all.Lookup("v").Value.String(), "vmodule": all.Lookup("vmodule").Value.String()}
	t.Cleanup(func() {
		for name, text := range before {
			if err := all.Set(name, text); err != nil {
				t.Errorf("restore -%s: %v", name, err)
			}
		}
	})
	return all
}
