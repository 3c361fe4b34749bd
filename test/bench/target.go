package main

import "fmt"

// verdict is a target and what was measured of it.
type verdict struct {
	Target   string  `json:"target"`
	Measured float64 `json:"measured"` // a ratio of medians, or what Unit says
	Unit     string  `json:"unit,omitempty"`
	// Rounds are the ratios of the single rounds; nil where nothing was repeated.
	Rounds *spread `json:"rounds,omitempty"`
	Limit  limit   `json:"limit"`
	Holds  bool    `json:"holds"`
}

// limit is the most that is allowed, or with AtLeast the least; the zero limit is that
// of a figure without a target.
type limit struct {
	Value     float64 `json:"value"`
	Inclusive bool    `json:"inclusive"`
	AtLeast   bool    `json:"atLeast,omitempty"`
}

func under(value float64) limit   { return limit{Value: value} }
func atMost(value float64) limit  { return limit{Value: value, Inclusive: true} }
func atLeast(value float64) limit { return limit{Value: value, Inclusive: true, AtLeast: true} }

func (l limit) holds(measured float64) bool {
	switch {
	case measured == l.Value:
		return l.Inclusive
	case l.AtLeast:
		return measured > l.Value
	}
	return measured < l.Value
}

func (l limit) String() string {
	if l == (limit{}) {
		return ""
	}
	sign := "<"
	if l.AtLeast {
		sign = ">"
	}
	if l.Inclusive {
		sign += "="
	}
	return fmt.Sprintf("%s %g", sign, l.Value)
}

func (v verdict) word() string {
	switch {
	case v.Limit == (limit{}):
		return "for information"
	case v.Holds:
		return "holds"
	}
	return "missed"
}

// missed is an error if a target is missed.
func (r *report) missed() error {
	for _, v := range r.Verdicts {
		if v.Limit != (limit{}) && !v.Holds {
			return fmt.Errorf("target missed: %s: %g %s, want %s", v.Target, v.Measured, v.Unit, v.Limit)
		}
	}
	return nil
}

// judge is the verdict on a figure that is no ratio of series.
func judge(target string, measured float64, unit string, l limit) verdict {
	return verdict{Target: target, Measured: measured, Unit: unit, Limit: l, Holds: l.holds(measured)}
}

// series is a command with its samples.
type series struct {
	command command
	samples []sample
}

func (s series) median() float64 { return timingOf(s.command, s.samples).Wall.Median }

// compare judges the ratio of two medians of wall time.
func compare(of, to series, l limit) verdict {
	ratio := of.median() / to.median()
	rounds := spreadOf(ratios(of.samples, to.samples))
	return verdict{
		Target:   of.command.Name + " / " + to.command.Name,
		Measured: ratio,
		Rounds:   &rounds,
		Limit:    l,
		Holds:    l.holds(ratio),
	}
}

// compareCPU judges the ratio of two medians of CPU time, which other programs on the machine disturb less.
func compareCPU(of, to series, l limit) verdict {
	ratio := timingOf(of.command, of.samples).CPU.Median / timingOf(to.command, to.samples).CPU.Median
	return judge(of.command.Name+" / "+to.command.Name+", CPU", ratio, "", l)
}

// compareRates judges how many times as many Secrets a second the one does as the other,
// over the same Secrets: the inverse of their times.
func compareRates(of, to series, l limit) verdict {
	v := compare(to, of, l)
	v.Target = of.command.Name + " / " + to.command.Name
	return v
}

// compareRatesByCPU judges how many times as many Secrets the one does as the other in a second of CPU time, of the
// program and the servers together. There is no target for it, but it means something on a machine that does other
// work too.
func compareRatesByCPU(of, to series) verdict {
	all := func(s series) (values []float64) {
		for _, one := range s.samples {
			values = append(values, float64(one.cpu+one.servers))
		}
		return values
	}
	ofAll, toAll := all(of), all(to)
	rounds := make([]float64, len(ofAll))
	for i := range rounds {
		rounds[i] = toAll[i] / ofAll[i]
	}
	spread := spreadOf(rounds)
	return verdict{
		Target:   of.command.Name + " / " + to.command.Name,
		Measured: spreadOf(toAll).Median / spreadOf(ofAll).Median,
		Rounds:   &spread,
	}
}
