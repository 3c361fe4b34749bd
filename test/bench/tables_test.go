package main

import (
	"strings"
	"testing"
)

func TestTables(t *testing.T) {
	r := &report{
		Throughputs: []throughput{{
			Work: "rotate", Program: "plugin", Secrets: 2000, Runs: 5,
			PerSecond: spread{800, 790, 810}, Wall: spread{2500, 2400, 2600}, CPU: spread{1000, 900, 1100},
			ServersCPU: spread{4000, 3900, 4100},
			Peak:       spread{50, 49, 51}, PeakMost: 52,
			Requests: &requestTotals{Kubernetes: 2005, Vault: 9, Logins: 1},
		}},
		Verdicts: []verdict{judge("binary", 55, "MB", under(56))},
	}
	var out strings.Builder
	for _, table := range r.tables() {
		table.markdown(&out)
	}
	//nolint:lll // Markdown has a row a line
	want := `
| work | program | Secrets | runs | Secrets/s | P10..P90 | wall s | P10..P90 | CPU s | servers' CPU s | peak MiB | most | API server | Vault | logins |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
| rotate | plugin | 2000 | 5 | 800 | 790..810 | 2.50 | 2.40..2.60 | 1.00 | 4.00 | 50 | 52 | 2005 | 9 | 1 |

| target | measured | rounds P10..P90 | limit | verdict |
|---|---|---|---|---|
| binary | 55.00 MB |  | < 56 MB | holds |
`
	if out.String() != want {
		t.Errorf("got:%s\nwant:%s", out.String(), want)
	}
}
