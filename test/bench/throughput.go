package main

import "slices"

const mebibyte = 1 << 20

// throughput is a program at work on many Secrets.
type throughput struct {
	Work      string `json:"work"` // rotate, verify …
	Program   string `json:"program"`
	Secrets   int    `json:"secrets"`
	Runs      int    `json:"runs"`
	PerSecond spread `json:"secretsPerSecond"`
	Wall      spread `json:"wallMs"`
	CPU       spread `json:"cpuMs"`
	// ServersCPU is the CPU time of the API server, etcd and Vault; 0 where it was not measured.
	ServersCPU spread `json:"serversCpuMs"`
	// Peak is the peak memory of a run, PeakMost that of the run that needed most.
	Peak     spread  `json:"peakMiB"`
	PeakMost float64 `json:"peakMostMiB"`
	// Requests of one run; nil where they were not counted.
	Requests *requestTotals `json:"requests,omitempty"`
}

// throughputOf is the throughput of a series of runs over so many Secrets.
func throughputOf(work string, s series, secrets int) throughput {
	t := timingOf(s.command, s.samples)
	var rates, peaks, servers []float64
	for _, one := range s.samples {
		rates = append(rates, float64(secrets)/one.wall.Seconds())
		peaks = append(peaks, float64(one.peak)/mebibyte)
		servers = append(servers, milliseconds(one.servers))
	}
	return throughput{
		Work: work, Program: s.command.Name, Secrets: secrets, Runs: len(s.samples),
		PerSecond: spreadOf(rates), Wall: t.Wall, CPU: t.CPU, ServersCPU: spreadOf(servers),
		Peak: spreadOf(peaks), PeakMost: slices.Max(peaks),
	}
}
