package plugin

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
)

// secretName reads NAME, secret/NAME or secrets/NAME.
func secretName(arg string) (string, error) {
	name := arg
	if kind, rest, qualified := strings.Cut(arg, "/"); qualified {
		if kind != "secret" && kind != "secrets" {
			return "", usagef("%q: want the name of a Secret, or secret/NAME", arg)
		}
		name = rest
	}
	if problems := validation.NameIsDNSSubdomain(name, false); len(problems) > 0 {
		return "", usagef("invalid Secret name %q: want lower case letters, digits, '-' and '.', at most 253", name)
	}
	return name, nil
}

func secretNames(args []string) ([]string, error) {
	names := make([]string, len(args))
	for i, arg := range args {
		name, err := secretName(arg)
		if err != nil {
			return nil, err
		}
		names[i] = name
	}
	return names, nil
}

func checkEntryName(name string) error {
	if problems := utilvalidation.IsConfigMapKey(name); len(problems) > 0 {
		return usagef("invalid entry name %q: want letters, digits, '-', '_' and '.', at most 253", name)
	}
	return nil
}
