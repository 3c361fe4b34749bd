package engine

import "fmt"

// maxFindings is the maximum number of findings with one status that a report lists for one Secret. Everyone who may
// write a Secret can give it thousands of entries.
const maxFindings = 100

// limitFindings keeps the first findings of each status about a Secret, and counts the others in a finding without an
// entry.
func limitFindings(findings []Finding) []Finding {
	if len(findings) <= maxFindings {
		return findings
	}
	var kept []Finding
	more := map[EntryStatus]*Finding{}
	listed, left := map[EntryStatus]int{}, map[EntryStatus]int{}
	for _, f := range findings {
		if listed[f.Status]++; listed[f.Status] <= maxFindings {
			kept = append(kept, f)
			continue
		}
		left[f.Status]++
		more[f.Status] = &f
	}
	for status, rest := range more {
		rest.Entry, rest.Version, rest.Reason = "", 0, fmt.Sprintf("%d more entries", left[status])
		kept = append(kept, *rest) // with the error of the last one
	}
	return kept
}
