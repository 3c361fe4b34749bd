package doctor

import (
	"errors"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// foundBy maps each fact to the check that finds it.
func foundBy() map[fact]ID {
	return map[fact]ID{
		anAPIServer: APIServer, aConfiguration: Configuration, aVault: Configuration, aKeyName: Configuration,
		anIdentity: AccountToken, aConnection: VaultAddress, aCertificate: VaultCertificate,
		aServingVault: VaultStatus, aLogin: VaultLogin, aRequestedToken: AccountToken,
		theCapabilities: Capabilities, aKey: TransitKey,
		theRightToEncrypt: MayEncrypt, theRightToDecrypt: MayDecrypt,
		aWorkload: WorkloadFound, anInjectedWorkload: WorkloadInjected, anAccount: WorkloadAccount,
	}
}

// explanation says that a problem of one check is the reason why another one failed.
type explanation struct {
	failed, by ID
	when       func(failed, by *Check, all map[ID]*Check) bool
}

func explanations() []explanation {
	return []explanation{
		{VaultLogin, AccountToken, func(failed, by *Check, _ map[ID]*Check) bool {
			return failed.is(transit.ErrUnauthenticated) && has[*TokenFileError](by)
		}},
		{VaultLogin, SigningKeys, func(_, by *Check, _ map[ID]*Check) bool { return by.Status == Failed }},
		{TransitKey, MayReadKey, func(failed, _ *Check, all map[ID]*Check) bool {
			return failed.denied() && all[MayRewrap].Status == OK // else the key may not be there
		}},
		{VaultCertificate, Clock, func(failed, by *Check, _ map[ID]*Check) bool {
			return clockExplains(by) && slices.ContainsFunc(failed.problems, outOfTime)
		}},
		{AccountToken, Clock, func(failed, by *Check, _ map[ID]*Check) bool {
			return clockExplains(by) && has[*TokenFileError](failed)
		}},
		{VaultLogin, Clock, func(failed, by *Check, _ map[ID]*Check) bool {
			return clockExplains(by) && failed.is(transit.ErrUnauthenticated)
		}},
		{SecretOpens, WorkloadSettings, func(_, by *Check, _ map[ID]*Check) bool { return by.Status == Failed }},
	}
}

func clockExplains(clock *Check) bool {
	return slices.ContainsFunc(clock.problems, func(problem error) bool {
		var differs *ClockError
		return errors.As(problem, &differs) && differs.explains()
	})
}

func outOfTime(problem error) bool {
	var certificate *transit.CertificateError
	return errors.As(problem, &certificate) && certificate.OutOfTime()
}

// is reports whether a check has a problem of that kind.
func (c *Check) is(kind error) bool {
	for _, problem := range c.problems {
		if errors.Is(problem, kind) {
			return true
		}
	}
	return false
}

// NotMade returns how many checks were not made for lack of something, and what they need, in words.
func (d *Diagnosis) NotMade() (count int, needs string) {
	byID := checksByID(d.Checks)
	var facts []string
	for n := range d.Checks {
		check := &d.Checks[n]
		if !check.NotMade() {
			continue
		}
		count++
		finder := byID[foundBy()[check.missing]]
		if followed := finder != nil && finder.NotMade(); !followed && !slices.Contains(facts, string(check.missing)) {
			facts = append(facts, string(check.missing))
		}
	}
	return count, list(facts)
}

// checksByID returns each check by its ID. If there are several with one ID, it is the first that is not ok.
func checksByID(checks []Check) map[ID]*Check {
	byID := map[ID]*Check{}
	for n := range checks {
		if known := byID[checks[n].ID]; known == nil || known.Status == OK {
			byID[checks[n].ID] = &checks[n]
		}
	}
	return byID
}

// firstCause returns the check to fix first; empty if none failed. It is the API server, on which all depends, else the
// failed check for which most others were not made, else the first one.
func firstCause(checks []Check) ID {
	byID := checksByID(checks)
	waiting := map[ID]int{} // how many checks were not made because of a failed one
	for n := range checks {
		waiting[missingFrom(&checks[n], byID)]++
	}
	var first *Check
	for n := range checks {
		check := &checks[n]
		if check.Status != Failed {
			continue
		}
		if first == nil || first.ID != APIServer && waiting[check.ID] > waiting[first.ID] {
			first = check
		}
	}
	if first == nil {
		return ""
	}
	for _, one := range explanations() {
		if by := byID[one.by]; one.failed == first.ID && by != nil && by.bad() && one.when(first, by, byID) {
			return by.ID
		}
	}
	return first.ID
}

// missingFrom returns the failed check because of which a check was not made; empty: it was made, or another reason.
func missingFrom(check *Check, byID map[ID]*Check) ID {
	source := foundBy()
	for check != nil && check.NotMade() {
		check = byID[source[check.missing]]
	}
	if check == nil || check.Status != Failed {
		return ""
	}
	return check.ID
}
