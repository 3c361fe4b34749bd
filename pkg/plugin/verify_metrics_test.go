package plugin

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/formcheck"
)

// metricsGolden is also what hack/monitoring reads with Prometheus' own parser and linter.
const metricsGolden = "testdata/metrics.golden"

// aCheck is one with every metric, and with hostile names.
func aCheck() check {
	began := time.Date(2026, 5, 28, 3, 0, 0, 0, time.UTC)
	count := func(namespace, key string, status engine.EntryStatus) engine.VerificationCount {
		return engine.VerificationCount{Namespace: namespace, TransitKey: key,
			Secrets:  map[engine.EntryStatus]int{status: 2, engine.Verified: 1},
			Entries:  map[engine.EntryStatus]int{status: 3, engine.Verified: 4},
			Findings: map[engine.EntryStatus]int{status: 3}, Managed: 1}
	}
	return check{began: began, ended: began.Add(1500 * time.Millisecond), complete: true,
		report: &engine.VerificationReport{
			Counts: []engine.VerificationCount{
				{Findings: map[engine.EntryStatus]int{engine.Missing: 1}},
				count("team-a", "vaultseal/ns-team-a", engine.Stale), count("team-b", "", engine.Broken),
				count("team-c", "a\"b\\c\nd 1\n# EOF\n", engine.ForeignKey),
			},
			Keys: []engine.KeyVerification{
				{TransitKey: "transit/invented", LatestVersion: 9},
				{TransitKey: "vaultseal/ns-team-a", Told: true, LatestVersion: 3, MinDecryptionVersion: 1,
					OldestVersion: 2, Created: began.Add(-48 * time.Hour)},
				{TransitKey: "vaultseal/ns-team-b", Told: true, OldestVersion: 1}, // its metadata cannot be read
			},
		}}
}

func metricsText(t *testing.T, c check) string {
	t.Helper()
	var text strings.Builder
	if err := writeMetrics(&text, c); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestMetrics(t *testing.T) {
	got := metricsText(t, aCheck())
	if *update {
		if err := os.WriteFile(metricsGolden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(metricsGolden)
	if err != nil || got != string(want) {
		t.Errorf("%v; with -update this test writes %s:\n%s", err, metricsGolden, got)
	}
}

// TestMetricsOfAFailedCheck: a check that ends before there is a report says so, and does not say that all is well.
func TestMetricsOfAFailedCheck(t *testing.T) {
	began := time.Unix(1780000000, 0)
	want := `# HELP vaultseal_check_complete 1 if everything in view was checked, 0 if an error ended the check.
# TYPE vaultseal_check_complete gauge
vaultseal_check_complete 0.0
# HELP vaultseal_check_timestamp_seconds Time when the check ended.
# TYPE vaultseal_check_timestamp_seconds gauge
# UNIT vaultseal_check_timestamp_seconds seconds
vaultseal_check_timestamp_seconds 1.780000002e+09
# HELP vaultseal_check_duration_seconds Duration of the check.
# TYPE vaultseal_check_duration_seconds gauge
# UNIT vaultseal_check_duration_seconds seconds
vaultseal_check_duration_seconds 2.0
# EOF
`
	if got := metricsText(t, check{began: began, ended: began.Add(2 * time.Second)}); got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestMetricsAsPrometheusText: the textfile collector of node_exporter and the Pushgateway do not know OpenMetrics.
// They read the text with this parser, and must get the same numbers.
func TestMetricsAsPrometheusText(t *testing.T) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	read, err := parser.TextToMetricFamilies(strings.NewReader(metricsText(t, aCheck())))
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range metricFamilies() {
		got := read[family.name]
		if got.GetType().String() != "GAUGE" || got.GetHelp() != family.help || len(got.GetMetric()) == 0 {
			t.Errorf("%s: %+v", family.name, got)
		}
		if !strings.HasSuffix(family.name, family.unit) || !strings.HasPrefix(family.name, "vaultseal_") {
			t.Errorf("%s: the name must have the unit", family.name)
		}
	}
	if len(read) != len(metricFamilies()) {
		t.Errorf("%d of %d", len(read), len(metricFamilies()))
	}
	sum := 0.0
	for _, metric := range read["vaultseal_secrets"].GetMetric() {
		sum += metric.GetGauge().GetValue()
	}
	if sum != 9 {
		t.Errorf("sum of Secrets %v", sum)
	}
}

// TestMetricsPageIsComplete: docs/monitoring.md has a row for each metric with its labels, and no other.
func TestMetricsPageIsComplete(t *testing.T) {
	page, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) > 3 && strings.HasPrefix(cells[1], " `vaultseal_") {
			rows[strings.Trim(cells[1], " `")] = strings.ReplaceAll(strings.TrimSpace(cells[2]), "`", "")
		}
	}
	for _, family := range metricFamilies() {
		if labels, found := rows[family.name]; !found || labels != strings.Join(family.labels, ", ") {
			t.Errorf("%s with the labels %q: the page has %q", family.name, family.labels, labels)
		}
		delete(rows, family.name)
	}
	for name := range rows {
		t.Errorf("there is no metric %s", name)
	}
	for _, status := range engine.Statuses() {
		if !strings.Contains(string(page), "`"+string(status)+"`") {
			t.Errorf("the page does not explain status %s", status)
		}
	}
}

// TestStatusesAreTheEngines: a status that only one of both lists has would miss in a report, or in the metrics.
func TestStatusesAreTheEngines(t *testing.T) {
	told := slices.DeleteFunc(statuses(), func(status engine.EntryStatus) bool {
		return status == formcheck.Incomplete // only --offline has it
	})
	if !slices.Equal(slices.Sorted(slices.Values(told)), slices.Sorted(slices.Values(engine.Statuses()))) {
		t.Errorf("%q and %q", told, engine.Statuses())
	}
}

// TestMetricsAreWrittenAtOnce: a reader of the file must not take a part of them for all.
func TestMetricsAreWrittenAtOnce(t *testing.T) {
	var writes countedWrites
	if err := writeMetrics(&writes, aCheck()); err != nil || writes != 1 {
		t.Errorf("%v, %d writes", err, writes)
	}
}

type countedWrites int

func (c *countedWrites) Write(text []byte) (int, error) { *c++; return len(text), nil }

// TestMetricsAreForCommandLinesThatAreRight: a command line that is wrong prints an error and no metrics.
func TestMetricsAreForCommandLinesThatAreRight(t *testing.T) {
	for _, args := range [][]string{
		{"verify", "a", "-o", "openmetrics", "--against", "x.json"},
		{"verify", "--offline", "-f", ".", "-o", "openmetrics"},
		{"rotate", "-o", "openmetrics"},
		{"list", "-o", "openmetrics"},
	} {
		if got := run(t, args...); got.code != exitUsage || got.out != "" || !strings.Contains(got.err, "error: ") {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// TestMeasuredKeepsTheError: the exit code is that of verify.
func TestMeasuredKeepsTheError(t *testing.T) {
	var out strings.Builder
	g := &globals{}
	g.process.Out = &out
	o := &verifyOptions{globals: g, output: &outputFlag{value: outputOpenMetrics}}
	failure := newReportError(exitFound, errors.New("found"), "do this")
	err := o.measured(func() error { return failure })
	if exitCode(t.Context(), err) != exitFound || hint(err) != "do this" ||
		!strings.HasSuffix(out.String(), "\n# EOF\n") || o.metrics.ended.Before(o.metrics.began) {
		t.Errorf("%v\n%s", err, out.String())
	}
}
