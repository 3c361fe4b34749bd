package config

// Part is what a command does with Vault. It decides the default role and ServiceAccount.
type Part int

// The parts.
const (
	Sealer  Part = iota // seals and opens the Secrets of a namespace
	Reader              // opens the Secrets of a namespace
	Rotator             // rotates keys and rewraps, over the whole cluster
)

// parts are all of them.
func parts() []Part { return []Part{Sealer, Reader, Rotator} }

// role returns the part's default role, which is also the default name of its ServiceAccount.
func (p Part) role() string {
	switch p {
	case Reader:
		return "vaultseal-reader"
	case Rotator:
		return "vaultseal-rotator"
	default:
		return "vaultseal"
	}
}

// own returns a setting that has a ConfigMap key for each part.
func (p Part) own(s Setting) Setting {
	switch p {
	case Reader:
		s.Key = "reader-" + s.Key
	case Rotator:
		s.Key = "rotator-" + s.Key
	}
	return s
}
