package config

import "strings"

// openBaoPrefix begins the names of the variables that OpenBao's own CLI prefers to those with VAULT_. They are not
// read: two names for an address that decides where plaintext goes could disagree.
const openBaoPrefix = "BAO_"

// OpenBaoVariable returns the variable of OpenBao's CLI that has the setting's meaning; empty: it has none.
func (s Setting) OpenBaoVariable() string {
	name, ofVault := strings.CutPrefix(s.Env, "VAULT_")
	if !ofVault {
		return ""
	}
	return openBaoPrefix + name
}

// setForOpenBao returns the settings whose variable of OpenBao's CLI is set.
func (s Sources) setForOpenBao(settings []Setting) []Setting {
	var set []Setting
	for _, setting := range settings {
		if name := setting.OpenBaoVariable(); name != "" {
			if value, found := s.Env(name); found && value != "" {
				set = append(set, setting)
			}
		}
	}
	return set
}
