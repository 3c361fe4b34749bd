package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// report is everything one run has measured.
type report struct {
	Machine  facts          `json:"machine"`
	Rounds   int            `json:"rounds"`
	Warmups  int            `json:"warmups"`
	Timings  []timing       `json:"timings"`
	Verdicts []verdict      `json:"verdicts"`
	Requests []requestCount `json:"requests"`
}

func (r *report) writeJSON(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

// print writes the report for a person.
func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "machine: %s\n%d rounds after %d warm-ups, interleaved; milliseconds of the whole process\n\n",
		r.Machine, r.Rounds, r.Warmups)
	r.printTimings(t)
	r.printVerdicts(t)
	r.printRequests(t)
	return t.Flush()
}

func (r *report) printTimings(w io.Writer) {
	fmt.Fprintln(w, "COMMAND\tMEDIAN\tP10\tP90\tCPU")
	for _, row := range r.Timings {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.1f\n", row.Command, row.Wall.Median, row.Wall.P10, row.Wall.P90, row.CPU.Median)
	}
}

func (r *report) printVerdicts(w io.Writer) {
	fmt.Fprintln(w, "\nTARGET\tMEASURED\tROUNDS P10..P90\tLIMIT\tVERDICT")
	for _, v := range r.Verdicts {
		rounds, unit := "", v.Unit
		if v.Rounds != nil {
			rounds = fmt.Sprintf("%.2f..%.2f", v.Rounds.P10, v.Rounds.P90)
		}
		if unit != "" {
			unit = " " + unit
		}
		fmt.Fprintf(w, "%s\t%.2f%s\t%s\t%s%s\t%s\n", v.Target, v.Measured, unit, rounds, v.Limit, unit, v.word())
	}
}

func (r *report) printRequests(w io.Writer) {
	fmt.Fprintln(w, "\nREQUESTS OF ONE RUN\tAPI SERVER\tVAULT\tVAULT CONNECTIONS")
	for _, c := range r.Requests {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", c.Command, len(c.Kubernetes), len(c.Vault), c.VaultConnections)
	}
	fmt.Fprintln(w)
	for _, c := range r.Requests {
		fmt.Fprintf(w, "%s: %s\n", c.Command, strings.Join(append(c.Kubernetes, c.Vault...), ", "))
	}
}
