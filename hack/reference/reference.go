package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin"
)

const preface = `# Commands

<!-- Generated from the commands' help: change that, then run make docs. -->

%s

| command | what it does |
|---|---|
%s
All commands take the [shared flags](#shared-flags), which include kubectl's own.
` + "`kubectl vaultseal COMMAND --help`" + ` shows the same text as this page.
`

// reference is the whole page: the commands in the order of the root's help, then the flags that they share.
func reference() (string, error) {
	root, groups := plugin.Commands()
	var index, sections strings.Builder
	for _, group := range groups {
		fmt.Fprintf(&index, "| **%s** | |\n", strings.TrimSuffix(group.Title, " Commands"))
		for _, cmd := range described(group.Commands) {
			path := cmd.CommandPath()
			name := strings.TrimPrefix(path, root.CommandPath()+" ")
			fmt.Fprintf(&index, "| [%s](#%s) | %s |\n", name, anchor(path), prose(cmd.Short))
			sections.WriteString(section(cmd))
		}
	}
	shared, err := sharedFlags()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(preface, paragraphs(root.Long), index.String()) + sections.String() + shared, nil
}

// described are the commands and those below them, without those that only hold others.
func described(commands []*cobra.Command) []*cobra.Command {
	var found []*cobra.Command
	for _, cmd := range commands {
		if !cmd.IsAvailableCommand() {
			continue
		}
		if cmd.Long != "" || !cmd.HasAvailableSubCommands() {
			found = append(found, cmd)
		}
		found = append(found, described(cmd.Commands())...)
	}
	return found
}

func section(cmd *cobra.Command) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n## %s\n", cmd.CommandPath())
	if long := cmd.Long; long != "" {
		fmt.Fprintf(&text, "\n%s\n", paragraphs(long))
	} else {
		fmt.Fprintf(&text, "\n%s.\n", prose(cmd.Short))
	}
	fmt.Fprintf(&text, "\n%s", block("text", cmd.UseLine()))
	if cmd.Example != "" {
		fmt.Fprintf(&text, "\n%s", block("text", outdent(cmd.Example)))
	}
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(&text, "\n%s", flagTable(flags.FlagUsages()))
	}
	return text.String()
}

// sharedFlags are what kubectl vaultseal options prints: groups of flags under a title each.
func sharedFlags() (string, error) {
	var out, errOut bytes.Buffer
	code := plugin.Main(context.Background(), plugin.Process{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Args:      []string{"options"},
		LookupEnv: func(string) (string, bool) { return "", false },
	})
	if code != 0 {
		return "", errors.New("kubectl vaultseal options: " + errOut.String())
	}
	text := strings.Builder{}
	text.WriteString("\n## Shared flags\n")
	for group := range strings.SplitSeq(out.String(), "\n\n") {
		title, flags, _ := strings.Cut(group, ":\n")
		fmt.Fprintf(&text, "\n### %s\n\n%s", title, flagTable(flags))
	}
	return text.String(), nil
}
