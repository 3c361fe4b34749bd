package main

import (
	"fmt"
	"slices"
	"strings"
)

const preamble = `Licenses of what %s contains

The program itself is licensed under the Apache License 2.0.
It contains the modules that are listed here, in the versions that are listed here, and unchanged if
their version is not "modified". This command gets the source of one that is unchanged:

    go mod download -json MODULE@VERSION

The source of one that is modified is in https://github.com/vaultseal/kubectl-vaultseal.
You get those under the Mozilla Public License 2.0 (MPL-2.0) under its terms.

`

// licensesText lists the modules of a binary with their licenses, and has each text once.
func licensesText(b binary) string {
	var text strings.Builder
	fmt.Fprintf(&text, preamble, b.path)
	users := map[string][]string{} // of a text
	var texts []string
	for _, m := range b.modules {
		fmt.Fprintf(&text, "%s %s: %s\n", m.path, m.version, strings.Join(m.kinds(), ", "))
		for _, f := range m.files {
			if users[f.text] == nil {
				texts = append(texts, f.text)
			}
			users[f.text] = append(users[f.text], m.String()+": "+f.name)
		}
	}
	for _, one := range texts {
		fmt.Fprintf(&text, "\n%s\n%s\n%s\n\n%s\n", rule, strings.Join(slices.Compact(users[one]), "\n"), rule,
			strings.Trim(strings.ReplaceAll(one, "\r\n", "\n"), "\n"))
	}
	return text.String()
}

const rule = "--------------------------------------------------------------------------------"
