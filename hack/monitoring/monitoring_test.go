package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

const examples = "../../examples/monitoring/"

// promQL parses as Prometheus does by default.
func promQL() parser.Parser { return parser.NewParser(parser.Options{}) }

// documented are the metrics in the table of docs/monitoring.md, which a test of pkg/plugin holds to the code, with
// their labels, and the statuses of the other table.
func documented(t *testing.T) (metrics map[string][]string, statuses []string) {
	t.Helper()
	page := readFile(t, "../../docs/monitoring.md")
	metrics = map[string][]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		name := strings.Trim(cells[1], " `")
		switch {
		case strings.HasPrefix(name, "vaultseal_"):
			metrics[name] = regexp.MustCompile(`\w+`).FindAllString(cells[2], -1)
		case name == strings.ToLower(name):
			statuses = append(statuses, name)
		}
	}
	if len(metrics) < 10 || len(statuses) < 10 {
		t.Fatalf("the page has %d metrics and %d statuses", len(metrics), len(statuses))
	}
	return metrics, statuses
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// checkQuery fails if a query does not parse, or asks for what verify does not print. It returns the query's metrics.
func checkQuery(t *testing.T, query string) []string {
	t.Helper()
	expr, err := promQL().ParseExpr(query)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return nil
	}
	metrics, statuses := documented(t)
	var asked []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		own, found := metrics[selector.Name]
		if !found {
			t.Errorf("%s: there is no metric %s", query, selector.Name)
		}
		asked = append(asked, selector.Name)
		for _, matcher := range selector.LabelMatchers {
			switch {
			case matcher.Name == model.MetricNameLabel || matcher.Name == "job":
			case !slices.Contains(own, matcher.Name):
				t.Errorf("%s: %s has no label %s", query, selector.Name, matcher.Name)
			case matcher.Name == "status":
				for status := range strings.SplitSeq(matcher.Value, "|") {
					if !slices.Contains(statuses, status) {
						t.Errorf("%s: there is no status %s", query, status)
					}
				}
			}
		}
		return nil
	})
	if len(asked) == 0 {
		t.Errorf("%s: asks for no metric", query)
	}
	return asked
}

func TestRules(t *testing.T) {
	groups, errs := rulefmt.Parse(readFile(t, examples+"rules.yaml"), false, model.LegacyValidation, promQL(),
		slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	page, tests := string(readFile(t, "../../docs/monitoring.md")), string(readFile(t, examples+"rules_test.yaml"))
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			checkQuery(t, rule.Expr)
			if !strings.Contains(page, "\n| `"+rule.Alert+"` |") {
				t.Errorf("the page does not explain %s", rule.Alert)
			}
			if !regexp.MustCompile(`- alertname: ` + rule.Alert + `\n +eval_time: \S+\n +exp_alerts:\n +- exp_labels`).
				MatchString(tests) {
				t.Errorf("no test of rules_test.yaml lets %s fire", rule.Alert)
			}
		}
	}
}

// TestRulesHaveEachStatus: no one sees a finding without an alert. Of two statuses, other metrics have the alerts.
func TestRulesHaveEachStatus(t *testing.T) {
	rules := string(readFile(t, examples+"rules.yaml"))
	for status, metric := range map[string]string{
		"stale": "vaultseal_key_oldest_version_in_use", "overdue": "vaultseal_key_latest_version_created_timestamp_seconds",
	} {
		if !strings.Contains(rules, metric) {
			t.Errorf("no rule asks for %s in place of status %s", metric, status)
		}
	}
	_, statuses := documented(t)
	for _, status := range statuses {
		if slices.Contains([]string{"ok", "stale", "overdue"}, status) {
			continue
		}
		if !regexp.MustCompile(`vaultseal_(findings|secrets)\{status=~?"([^"]*\|)?` + status + `["|]`).MatchString(rules) {
			t.Errorf("no rule asks for status %s", status)
		}
	}
}

// dashboard is what the test needs of Grafana's format.
type dashboard struct {
	Panels []struct {
		ID      int
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
}

func TestDashboard(t *testing.T) {
	text := readFile(t, examples+"dashboard.json")
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	asked, ids := map[string]bool{}, map[int]bool{}
	for i, panel := range d.Panels {
		if panel.Title == "" || ids[panel.ID] || len(panel.Targets) == 0 {
			t.Errorf("panel %d needs a title, an ID of its own and a query: %+v", i, panel)
		}
		ids[panel.ID] = true
		for _, other := range d.Panels[:i] {
			a, b := panel.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("panels %q and %q overlap", panel.Title, other.Title)
			}
		}
		for _, target := range panel.Targets {
			for _, metric := range checkQuery(t, target.Expr) {
				asked[metric] = true
			}
		}
	}
	variables := map[string]bool{}
	query := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
	for _, variable := range d.Templating.List {
		variables[variable.Name] = true
		if variable.Type == "datasource" {
			continue
		}
		parts := query.FindStringSubmatch(variable.Definition)
		if parts == nil {
			t.Errorf("variable %s: %s", variable.Name, variable.Definition)
			continue
		}
		checkQuery(t, parts[1])
	}
	for _, used := range regexp.MustCompile(`\$\{?(\w+)`).FindAllSubmatch(text, -1) {
		if name := string(used[1]); !variables[name] && name != "__all" {
			t.Errorf("there is no variable %s", name)
		}
	}
	metrics, _ := documented(t)
	for name := range metrics {
		if !asked[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestPrometheusReadsTheMetrics reads what a test of pkg/plugin holds the plugin to, with hostile names in it.
func TestPrometheusReadsTheMetrics(t *testing.T) {
	text := readFile(t, "../../pkg/plugin/testdata/metrics.golden")
	samples, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	metrics, _ := documented(t)
	seen := map[string]bool{}
	for _, s := range samples {
		name := s.series.Get(model.MetricNameLabel)
		seen[name] = true
		if _, found := metrics[name]; !found {
			t.Errorf("%s is not documented", s.series)
		}
	}
	if len(seen) != len(metrics) {
		t.Errorf("%d of %d metrics", len(seen), len(metrics))
	}
	hostile := labels.FromStrings(model.MetricNameLabel, "vaultseal_findings", "namespace", "team-c",
		"transit_key", "a\"b\\c\nd 1\n# EOF\n", "status", "foreign-key")
	if !slices.ContainsFunc(samples, func(s sample) bool { return labels.Equal(s.series, hostile) && s.value == 3 }) {
		t.Errorf("%s is not found", hostile)
	}

	// What is cut off is no OpenMetrics.
	if _, err := read(bytes.TrimSuffix(text, []byte("# EOF\n"))); err == nil {
		t.Error("text without its end is read")
	}
	var out strings.Builder
	if err := printSamples(&out, text); err != nil ||
		!strings.Contains(out.String(), "\n{__name__=\"vaultseal_check_complete\"} 1\n") &&
			!strings.HasPrefix(out.String(), "{__name__=\"vaultseal_check_complete\"} 1\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
