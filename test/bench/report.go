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
	Machine     facts          `json:"machine"`
	Rounds      int            `json:"rounds"` // of single commands
	Warmups     int            `json:"warmups"`
	Timings     []timing       `json:"timings,omitempty"`
	Throughputs []throughput   `json:"throughputs,omitempty"`
	Writes      []writes       `json:"writes,omitempty"`
	Verdicts    []verdict      `json:"verdicts"`
	Requests    []requestCount `json:"requests,omitempty"`
	// BareLoopWriters is how many writers the bare loop has, 0 where it did not run.
	BareLoopWriters int `json:"bareLoopWriters,omitempty"`
}

func (r *report) writeJSON(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

func readReport(path string) (*report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("report %s: %w", path, err)
	}
	return &r, nil
}

// print writes the report for a person.
func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "machine: %s\n", r.Machine)
	if len(r.Timings) > 0 {
		r.printTimings(t)
	}
	for _, table := range r.tables() {
		table.print(t)
	}
	if len(r.Requests) > 0 {
		r.printRequests(t)
	}
	return t.Flush()
}

func (r *report) printTimings(w io.Writer) {
	fmt.Fprintf(w, "%d rounds after %d warm-ups, interleaved; milliseconds of the whole process\n\n", r.Rounds,
		r.Warmups)
	fmt.Fprintln(w, "COMMAND\tMEDIAN\tP10\tP90\tCPU")
	for _, row := range r.Timings {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.1f\n", row.Command, row.Wall.Median, row.Wall.P10, row.Wall.P90,
			row.CPU.Median)
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
