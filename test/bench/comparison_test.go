package main

import (
	"strings"
	"testing"
)

func TestCompareReports(t *testing.T) {
	row := func(program string, rate float64) throughput {
		return throughput{Work: "rotate", Program: program, Secrets: 200, PerSecond: spread{Median: rate}}
	}
	before := &report{Throughputs: []throughput{row("plugin", 400), row("gone", 1)},
		Verdicts: []verdict{{Target: "binary", Unit: "MB", Measured: 50}}}
	after := &report{Throughputs: []throughput{row("plugin", 500), row("new", 2)},
		Verdicts: []verdict{{Target: "binary", Unit: "MB", Measured: 55}}}
	var out strings.Builder
	if err := printComparison(&out, compareReports(before, after)); err != nil {
		t.Fatal(err)
	}
	want := `
FIGURE                          OLD      NEW      NEW / OLD
rotate 200: plugin, Secrets/s   400.00   500.00   1.25
rotate 200: new, Secrets/s      -        2.00     -
binary, MB                      50.00    55.00    1.10
rotate 200: gone, Secrets/s     1.00     -        -
`
	if out.String() != want {
		t.Errorf("got:%s\nwant:%s", out.String(), want)
	}
}

func TestReportSurvivesItsFile(t *testing.T) {
	path := t.TempDir() + "/report.json"
	r := &report{BareLoopWriters: 16, Verdicts: []verdict{judge("a", 1, "", atLeast(1))},
		Throughputs: []throughput{{Requests: &requestTotals{Vault: 7}}}}
	if err := r.writeJSON(path); err != nil {
		t.Fatal(err)
	}
	got, err := readReport(path)
	if err != nil || got.BareLoopWriters != 16 || got.Verdicts[0] != r.Verdicts[0] ||
		*got.Throughputs[0].Requests != *r.Throughputs[0].Requests {
		t.Errorf("%+v, %v; want %+v", got, err, r)
	}
}
