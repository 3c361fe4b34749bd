package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// table is printed for a terminal or as Markdown. All rows are as long as the header.
type table struct {
	header []string
	rows   [][]string
}

// tables are those of throughput and of the targets, each where there is something in it.
func (r *report) tables() []table {
	var tables []table
	if len(r.Throughputs) > 0 {
		tables = append(tables, throughputTable(r.Throughputs))
	}
	if len(r.Writes) > 0 {
		tables = append(tables, writesTable(r.Writes))
	}
	if len(r.Verdicts) > 0 {
		tables = append(tables, verdictTable(r.Verdicts))
	}
	return tables
}

func throughputTable(throughputs []throughput) table {
	t := table{header: []string{
		"work", "program", "Secrets", "runs", "Secrets/s", "P10..P90", "wall s", "P10..P90", "CPU s", "servers' CPU s",
		"peak MiB", "most", "API server", "Vault", "logins",
	}}
	for _, row := range throughputs {
		kube, vault, logins := "", "", ""
		if row.Requests != nil {
			kube, vault, logins = strconv.Itoa(row.Requests.Kubernetes), strconv.Itoa(row.Requests.Vault),
				strconv.Itoa(row.Requests.Logins)
		}
		wall, servers := row.Wall.in(1000), ""
		if row.ServersCPU.Median > 0 {
			servers = fmt.Sprintf("%.2f", row.ServersCPU.in(1000).Median)
		}
		t.rows = append(t.rows, []string{
			row.Work, row.Program, strconv.Itoa(row.Secrets), strconv.Itoa(row.Runs),
			fmt.Sprintf("%.0f", row.PerSecond.Median), fmt.Sprintf("%.0f..%.0f", row.PerSecond.P10, row.PerSecond.P90),
			fmt.Sprintf("%.2f", wall.Median), fmt.Sprintf("%.2f..%.2f", wall.P10, wall.P90),
			fmt.Sprintf("%.2f", row.CPU.in(1000).Median), servers,
			fmt.Sprintf("%.0f", row.Peak.Median), fmt.Sprintf("%.0f", row.PeakMost),
			kube, vault, logins,
		})
	}
	return t
}

func writesTable(rows []writes) table {
	t := table{header: []string{"way of writing", "blocks", "client µs", "API server µs", "etcd µs",
		"by CPU time", "95 %", "by the clock", "95 %"}}
	for _, w := range rows {
		t.rows = append(t.rows, []string{
			w.Way, strconv.Itoa(w.Blocks),
			fmt.Sprintf("%.0f", w.Client), fmt.Sprintf("%.0f", w.APIServer), fmt.Sprintf("%.0f", w.Etcd),
			fmt.Sprintf("%.3f", w.CPU.Median), fmt.Sprintf("%.3f..%.3f", w.CPU.Low, w.CPU.High),
			fmt.Sprintf("%.3f", w.Wall.Median), fmt.Sprintf("%.3f..%.3f", w.Wall.Low, w.Wall.High),
		})
	}
	return t
}

func verdictTable(verdicts []verdict) table {
	t := table{header: []string{"target", "measured", "rounds P10..P90", "limit", "verdict"}}
	for _, v := range verdicts {
		rounds, unit := "", v.Unit
		if v.Rounds != nil {
			rounds = fmt.Sprintf("%.2f..%.2f", v.Rounds.P10, v.Rounds.P90)
		}
		if unit != "" {
			unit = " " + unit
		}
		t.rows = append(t.rows, []string{v.Target, fmt.Sprintf("%.2f%s", v.Measured, unit), rounds,
			v.Limit.String() + unit, v.word()})
	}
	return t
}

// print writes for a tabwriter.
func (t table) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", strings.ToUpper(strings.Join(t.header, "\t")))
	for _, row := range t.rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
}

// markdown writes the table as Markdown.
func (t table) markdown(w io.Writer) {
	fmt.Fprintf(w, "\n| %s |\n|%s\n", strings.Join(t.header, " | "), strings.Repeat("---|", len(t.header)))
	for _, row := range t.rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
}
