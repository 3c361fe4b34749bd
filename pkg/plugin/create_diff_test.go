package plugin

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

func TestLinesOfAnEntryThatDiffers(t *testing.T) {
	for _, c := range []struct {
		name, entry, before, after string
		want                       []string
	}{
		{"fields", "a.json", `{"a":1,"b":{"c":1},"d":1}`, `{"a":1.0,"b":{"c":2},"e":1}`,
			[]string{"a.json: b.c changed", "a.json: d removed", "a.json: e added"}},
		{"YAML and the JSON that it is too", "a.yaml", "a: 1\nb: x\n", `{"a":2,"b":"x"}`,
			[]string{"a.yaml: a changed"}},
		{"dotenv", ".env", "A=1\nB=2\n", "A=1\nB=3\n", []string{".env: B changed"}},
		{"other bytes only", "a.json", `{"a":1,"b":2}`, `{"b":2, "a":1}`, nil},
		{"no document before", "a.json", "marker", `{"a":1}`, []string{"a.json: changed"}},
		{"no document after", "a.json", `{"a":1}`, `{"a":1,"a":"marker"}`, []string{"a.json: changed"}},
		{"any bytes", "key", "\x00\xff", "\x00\xfe", []string{"key: changed"}},
		{"text", "password", "marker", "", []string{"password: changed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := linesOf(engine.EntryDifference{Entry: c.entry, Kind: document.Changed, Before: []byte(c.before),
				After: []byte(c.after)})
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("lines %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestDifferencesArePrinted(t *testing.T) {
	differences := []engine.EntryDifference{
		{Entry: "a.json", Kind: document.Changed, Before: []byte(`{"a":"marker"}`),
			After: []byte(`{"a":"marker", "b":1}`)},
		{Entry: "b.json", Kind: document.Changed, Before: []byte(`{}`), After: []byte(`{ }`)},
		{Entry: "c", Kind: document.Added},
		{Entry: "d.json", Kind: document.Removed},
	}
	const note = "note: secret s: entry \"b.json\" is the same document, laid out in other bytes\n"
	for format, want := range map[output]struct{ out, err string }{
		outputHuman: {"a.json: b added\nc: added\nd.json: removed\n", note},
		outputYAML: {"", "note: secret s: a.json: b added\n" + note +
			"note: secret s: c: added\nnote: secret s: d.json: removed\n"},
		outputName: {"", "note: secret s: a.json: b added\n" + note +
			"note: secret s: c: added\nnote: secret s: d.json: removed\n"},
	} {
		got := printDifferences(t, format, differences)
		if got.out != want.out || got.err != want.err || strings.Contains(got.out+got.err, "marker") {
			t.Errorf("-o %s: %+v", format, got)
		}
	}
	if got := printDifferences(t, outputHuman, nil); got.out != "" || got.err != "note: secret s: no entry differs\n" {
		t.Errorf("nothing differs: %+v", got)
	}
}

func printDifferences(t *testing.T, format output, differences []engine.EntryDifference) ran {
	t.Helper()
	return printed(t, func(g *globals) error {
		o := &createOptions{writeFlags: writeFlags{globals: g, output: &outputFlag{value: format}}}
		return o.printDifferences(&engine.CreateResult{Secret: &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"}},
			Differences: differences})
	})
}

func TestDryRunUnlessGiven(t *testing.T) {
	for given, want := range map[string]engine.DryRun{"": engine.DryRunClient, "none": engine.DryRunNone,
		"server": engine.DryRunServer} {
		flag := &dryRunFlag{DryRun: engine.DryRunNone}
		if given != "" {
			if err := flag.Set(given); err != nil {
				t.Fatal(err)
			}
		}
		if flag.unlessGiven(engine.DryRunClient); flag.DryRun != want {
			t.Errorf("--dry-run=%s: %s, want %s", given, flag.DryRun, want)
		}
	}
}
