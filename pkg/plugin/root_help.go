package plugin

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// CommandGroup is a group of commands in the root's help.
type CommandGroup struct {
	Title    string
	Commands []*cobra.Command
}

// commandGroups makes all commands, in the order of the help: that of a newcomer's first week. cobra would sort the
// commands of a group by name.
func commandGroups(g *globals) []CommandGroup {
	return []CommandGroup{
		{"Everyday Commands", []*cobra.Command{newCreate(g), newView(g), newEdit(g), newSet(g), newUnset(g),
			newList(g)}},
		{"Rotation Commands", []*cobra.Command{newRotate(g), newVerify(g), newReseal(g)}},
		{"Workload and Git Commands", []*cobra.Command{newSeal(g), newInject(g), newUninject(g), newExec(g),
			newFiles(g), newGit(g)}},
		{"Administration Commands", []*cobra.Command{
			newSetup(g), newDoctor(g), newConfig(g), newVersion(g), newCompletion(g), newOptions(g),
		}},
	}
}

// addGroups adds the commands, each with its group.
func addGroups(root *cobra.Command, groups []CommandGroup) {
	for _, group := range groups {
		root.AddGroup(&cobra.Group{ID: group.Title, Title: group.Title})
		for _, cmd := range group.Commands {
			cmd.GroupID = group.Title
		}
		root.AddCommand(group.Commands...)
		namePlaceholders(group.Commands)
	}
}

// usageOf prints a command's usage as cobra does, with the root's commands in our order, and without the flags that all
// commands share: as in kubectl, a command of their own lists them.
func usageOf(groups []CommandGroup) func(*cobra.Command) error {
	return func(cmd *cobra.Command) error {
		var text strings.Builder
		fmt.Fprintf(&text, "Usage:\n  %s\n", cmd.UseLine())
		if cmd.HasAvailableSubCommands() && !strings.Contains(cmd.Use, "COMMAND") { // it does something itself too
			fmt.Fprintf(&text, "  %s COMMAND [flags]\n", cmd.CommandPath())
		}
		if cmd.HasExample() {
			fmt.Fprintf(&text, "\nExamples:\n%s\n", cmd.Example)
		}
		if cmd.HasParent() {
			writeGroup(&text, CommandGroup{"Commands", cmd.Commands()})
			cmd.InitDefaultHelpFlag()
			cmd.Flags().Lookup("help").Usage = "Show this help"
			fmt.Fprintf(&text, "\nFlags:\n%s", cmd.LocalFlags().FlagUsages())
		} else {
			for _, group := range groups {
				writeGroup(&text, group)
			}
		}
		text.WriteString("\nUse \"" + displayName + " options\" to list the flags that all commands share.\n")
		if cmd.HasAvailableSubCommands() {
			fmt.Fprintf(&text, "Use \"%s COMMAND --help\" for more about a command.\n", cmd.CommandPath())
		}
		_, err := io.WriteString(cmd.OutOrStdout(), text.String())
		return err
	}
}

// writeGroup lists the commands of a group, nothing where there are none.
func writeGroup(text *strings.Builder, group CommandGroup) {
	if len(group.Commands) > 0 {
		fmt.Fprintf(text, "\n%s:\n", group.Title)
	}
	for _, cmd := range group.Commands {
		fmt.Fprintf(text, "  %-*s %s\n", cmd.NamePadding(), cmd.Name(), cmd.Short)
	}
}
