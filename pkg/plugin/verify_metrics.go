package plugin

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// unprovenKey is the label value for transit keys that are not told: see engine.VerificationCount. No key has this
// name, because the names of keys contain a slash.
const unprovenKey = "unproven"

// check is one run of verify.
type check struct {
	began, ended time.Time
	report       *engine.VerificationReport // nil: the check ended before there was one
	complete     bool                       // everything in view was listed and sent to Vault
}

// measured prints the metrics of a check, also of one that fails before it has a report, so that a monitor sees it.
func (o *verifyOptions) measured(verify func() error) error {
	if o.output.value != outputOpenMetrics {
		return verify()
	}
	o.metrics.began = time.Now()
	err := verify()
	o.metrics.ended = time.Now()
	return both(err, writeMetrics(o.globals.process.Out, o.metrics))
}

// writeMetrics writes the metrics of a check at once, so that a reader never gets a part of them. All are gauges: then
// the text is valid both as OpenMetrics and in the older text format, the only one that the textfile collector of
// node_exporter and the Pushgateway read. No label has the name of a Secret or an entry.
func writeMetrics(w io.Writer, c check) error {
	var text bytes.Buffer
	for _, family := range metricFamilies() {
		metrics := dto.MetricFamily{Name: &family.name, Help: &family.help, Type: dto.MetricType_GAUGE.Enum()}
		if family.unit != "" {
			metrics.Unit = &family.unit
		}
		family.add(c, func(value float64, labels ...string) {
			metric := &dto.Metric{Gauge: &dto.Gauge{Value: &value}}
			for i, name := range family.labels {
				metric.Label = append(metric.Label, &dto.LabelPair{Name: &name, Value: &labels[i]})
			}
			metrics.Metric = append(metrics.Metric, metric)
		})
		if len(metrics.Metric) == 0 {
			continue
		}
		if _, err := expfmt.MetricFamilyToOpenMetrics(&text, &metrics); err != nil {
			return err
		}
	}
	if _, err := expfmt.FinalizeOpenMetrics(&text); err != nil {
		return err
	}
	_, err := w.Write(text.Bytes())
	return err
}

// sampler adds a sample with the values of the labels.
type sampler func(value float64, labels ...string)

// metricFamily is a metric with its labels.
type metricFamily struct {
	name, help, unit string // OpenMetrics wants the unit at the end of the name
	labels           []string
	add              func(c check, sample sampler)
}

// metricFamilies are all metrics, in the order of docs/monitoring.md.
func metricFamilies() []metricFamily {
	return []metricFamily{
		ofCheck("vaultseal_check_complete", "", "1 if everything in view was checked, 0 if an error ended the check.",
			func(c check) float64 {
				if c.complete {
					return 1
				}
				return 0
			}),
		ofCheck("vaultseal_check_timestamp_seconds", "seconds", "Time when the check ended.",
			func(c check) float64 { return seconds(c.ended) }),
		ofCheck("vaultseal_check_duration_seconds", "seconds", "Duration of the check.",
			func(c check) float64 { return c.ended.Sub(c.began).Seconds() }),
		byStatus("vaultseal_secrets", "Sealed Secrets, each with its most severe status.",
			[]engine.EntryStatus{engine.Verified},
			func(c engine.VerificationCount) map[engine.EntryStatus]int { return c.Secrets }),
		byStatus("vaultseal_entries", "Entries of sealed Secrets, each with its most severe status.",
			[]engine.EntryStatus{engine.Verified},
			func(c engine.VerificationCount) map[engine.EntryStatus]int { return c.Entries }),
		byStatus("vaultseal_findings", "Findings of the check.", engine.Statuses(),
			func(c engine.VerificationCount) map[engine.EntryStatus]int { return c.Findings }),
		{name: "vaultseal_managed_secrets", labels: []string{"namespace", "transit_key"},
			help: "Sealed Secrets that another tool would restore from its manifest.",
			add: func(c check, sample sampler) {
				for _, count := range c.counts() {
					if len(count.Secrets) > 0 {
						sample(float64(count.Managed), count.Namespace, keyLabel(count))
					}
				}
			}},
		ofKeys("vaultseal_key_latest_version", "", "Latest version of the transit key.",
			func(key engine.KeyVerification) float64 { return float64(key.LatestVersion) }),
		ofKeys("vaultseal_key_latest_version_created_timestamp_seconds", "seconds",
			"Time when the latest version of the transit key was created.",
			func(key engine.KeyVerification) float64 { return seconds(key.Created) }),
		ofKeys("vaultseal_key_oldest_version_in_use", "",
			"Oldest version of the transit key that an entry in view needs.",
			func(key engine.KeyVerification) float64 { return float64(key.OldestVersion) }),
		ofKeys("vaultseal_key_min_decryption_version", "", "Oldest version of the transit key that Vault opens.",
			func(key engine.KeyVerification) float64 { return float64(key.MinDecryptionVersion) }),
	}
}

// ofCheck is a metric of the check itself, which there is also without a report.
func ofCheck(name, unit, help string, of func(check) float64) metricFamily {
	return metricFamily{name: name, help: help, unit: unit,
		add: func(c check, sample sampler) { sample(of(c)) }}
}

// byStatus is a metric with numbers by status. A status without a number has no series, but after a complete check
// those of always have one without a namespace, so that a query for them has a result.
func byStatus(name, help string, always []engine.EntryStatus,
	of func(engine.VerificationCount) map[engine.EntryStatus]int) metricFamily {
	return metricFamily{name: name, help: help, labels: []string{"namespace", "transit_key", "status"},
		add: func(c check, sample sampler) {
			for _, count := range c.counts() {
				numbers := map[engine.EntryStatus]int{}
				maps.Copy(numbers, of(count))
				for _, status := range always {
					if c.complete && count.Namespace == "" && count.TransitKey == "" {
						numbers[status] += 0
					}
				}
				for _, status := range slices.Sorted(maps.Keys(numbers)) {
					sample(float64(numbers[status]), count.Namespace, keyLabel(count), string(status))
				}
			}
		}}
}

// ofKeys is a metric with a number of each transit key. A number that is not known is 0, and has no series.
func ofKeys(name, unit, help string, of func(engine.KeyVerification) float64) metricFamily {
	return metricFamily{name: name, help: help, unit: unit, labels: []string{"transit_key"},
		add: func(c check, sample sampler) {
			if c.report == nil {
				return
			}
			for _, key := range c.report.Keys {
				if number := of(key); key.Told && number > 0 {
					sample(number, key.TransitKey)
				}
			}
		}}
}

func (c check) counts() []engine.VerificationCount {
	if c.report == nil {
		return nil
	}
	return c.report.Counts
}

// keyLabel is empty for what belongs to no Secret, such as a missing one.
func keyLabel(count engine.VerificationCount) string {
	if count.TransitKey == "" && count.Namespace != "" {
		return unprovenKey
	}
	return count.TransitKey
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
