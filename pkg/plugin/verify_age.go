package plugin

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const defaultExpiresWithin = 14 * day

// secretAgeFlags say which age of plaintext is a finding.
type secretAgeFlags struct {
	expiresWithin ageOrZeroFlag
	maxSecretAge  ageFlag
}

func (f *secretAgeFlags) add(flags *pflag.FlagSet) {
	f.expiresWithin = ageOrZeroFlag{ageFlag{defaultExpiresWithin, "14d"}}
	flags.Var(&f.expiresWithin, "expires-within", "Report Secrets that expire within this `DURATION`; 0 reports only "+
		"those that have expired")
	flags.Var(&f.maxSecretAge, "max-secret-age", "Report Secrets whose plaintext was last set longer than this "+
		"`DURATION` ago, such as 365d")
}

func (f *secretAgeFlags) limits() engine.AgeLimits {
	return engine.AgeLimits{ExpiresWithin: f.expiresWithin.Duration, MaxSecretAge: f.maxSecretAge.Duration}
}

// ageOrZeroFlag is a duration that may be 0.
type ageOrZeroFlag struct{ ageFlag }

// Set takes 0, or what ageFlag takes.
func (f *ageOrZeroFlag) Set(text string) error {
	if text == "0" {
		f.ageFlag = ageFlag{text: text}
		return nil
	}
	if err := f.ageFlag.Set(text); err != nil {
		return fmt.Errorf("%w, or 0", err)
	}
	return nil
}

// unknownNote says how many Secrets were not compared with --max-secret-age; empty: none.
func (f *secretAgeFlags) unknownNote(unknown int) string {
	if f.maxSecretAge.Duration == 0 || unknown == 0 {
		return ""
	}
	return fmt.Sprintf("the age of %s is not known, so that none of these is old: the annotation "+
		"vaultseal.dev/sealed-at is absent, invalid or in the future", count(unknown, "Secret"))
}

// ageStatuses are the statuses about the age, and what a line about many Secrets says of them.
func ageStatuses() []struct {
	status engine.EntryStatus
	verb   string
} {
	return []struct {
		status engine.EntryStatus
		verb   string
	}{{engine.Expired, "have expired"}, {engine.ExpiresSoon, "expire soon"}, {engine.Old, "are old"}}
}

// manyAged finds the statuses about the age that more Secrets have than a line names. A line for each of them replaces
// the rows.
func manyAged(findings []engine.Finding) (many map[engine.EntryStatus]bool, lines []string) {
	many = map[engine.EntryStatus]bool{}
	for _, one := range ageStatuses() {
		var names []string
		for _, f := range findings {
			if f.Status == one.status {
				names = append(names, f.Namespace+"/"+f.Name)
			}
		}
		if len(names) > maxNamed {
			many[one.status] = true
			lines = append(lines, fmt.Sprintf("%s %s: %s; -o wide lists them", count(len(names), "Secret"), one.verb,
				firstOf(names)))
		}
	}
	return many, lines
}
