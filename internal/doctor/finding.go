package doctor

import "github.com/vaultseal/kubectl-vaultseal/internal/compatibility"

// finding is the result of one check.
type finding struct {
	status   Status
	text     phrases
	problems []error // of a failure or warning, the most important one first
	missing  fact    // that a skipped check needs
}

func ok(format string, values ...any) finding {
	return finding{status: OK, text: phrases{say(format, values...)}}
}

func skipped(format string, values ...any) finding {
	return finding{status: Skipped, text: phrases{say(format, values...)}}
}

// notMade is the finding of a check that something is missing for.
func notMade(need fact) finding {
	found := skipped("not checked: it needs %s", need)
	found.missing = need
	return found
}

func failed(err error) finding {
	return finding{status: Failed, text: phrases{say("%v", err)}, problems: []error{err}}
}

// say adds to the text.
func (f *finding) say(format string, values ...any) { f.text = append(f.text, say(format, values...)) }

// worry makes a finding a warning, and adds the reason.
func (f *finding) worry(problem error) {
	f.status = Warning
	f.say("; %v", problem)
	f.problems = append(f.problems, problem)
}

// compare adds a warning if the server's version was not tested.
func (f *finding) compare(tested compatibility.Tested, version string) {
	if !tested.Covers(version) {
		f.worry(&UntestedVersionError{Tested: tested})
	}
}
