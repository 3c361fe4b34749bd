package plugin

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

// enforceFlags say what the API server does with Secrets that are not sealed.
type enforceFlags struct {
	mode                   string
	allowTypes, allowUsers []string
}

func (f *enforceFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.mode, "enforce", "", "What the API server does with Secrets of the namespaces that are not "+
		"sealed with their key, "+
		"a `MODE`: warn, deny or off (default: unchanged)")
	flags.StringSliceVar(&f.allowTypes, "enforce-allow-type", nil,
		"With --enforce, let Secrets of these `TYPES` hold plaintext "+
			"in all namespaces, such as kubernetes.io/tls (default: unchanged)")
	flags.StringSliceVar(&f.allowUsers, "enforce-allow-user", nil, "With --enforce, let these `USERS` write plaintext "+
		"in all namespaces, such as system:serviceaccount:NAMESPACE:NAME (default: unchanged)")
}

// enforcement is nil where the command line does not speak of it.
func (f *enforceFlags) enforcement(given func(flag string) bool, system string) (*setup.Enforcement, error) {
	types, users := given("enforce-allow-type"), given("enforce-allow-user")
	writes := f.mode == setup.EnforceWarn || f.mode == setup.EnforceDeny
	switch {
	case given("enforce") && !writes && f.mode != setup.EnforceOff:
		return nil, usagef("--enforce %q: want warn, deny or off", f.mode)
	case (types || users) && !writes:
		return nil, usagef("--enforce-allow-type and --enforce-allow-user need --enforce=warn or --enforce=deny")
	case !given("enforce"):
		return nil, nil
	case len(setup.EnforceLabel(system)) > len("vaultseal.dev/")+63:
		return nil, usagef("--enforce: the name of the namespace %s is too long for a label", system)
	}
	for _, one := range slices.Concat(f.allowTypes, f.allowUsers) {
		if one == "" || strings.Contains(one, ",") || !utf8.ValidString(one) ||
			strings.ContainsFunc(one, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, usagef("%q cannot be allowed: want the type of a Secret, "+
				"or a user as the API server names it", one)
		}
	}
	enforce := &setup.Enforcement{Mode: f.mode}
	if types {
		enforce.AllowTypes = append([]string{}, f.allowTypes...)
	}
	if users {
		enforce.AllowUsers = append([]string{}, f.allowUsers...)
	}
	return enforce, nil
}
