package plugin

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// namePlaceholders gives the commands' flags their placeholder, see namePlaceholder.
func namePlaceholders(commands []*cobra.Command) {
	for _, cmd := range commands {
		cmd.Flags().VisitAll(namePlaceholder)
		namePlaceholders(cmd.Commands())
	}
}

// namePlaceholder moves the placeholder, which stands in backquotes in the usage, to the flag's type. The help is the
// same, and completion, which shows a usage as it is written, has no backquotes.
func namePlaceholder(flag *pflag.Flag) {
	name, usage := pflag.UnquoteUsage(flag)
	if usage == flag.Usage {
		return
	}
	value := placeholderValue{flag.Value, name}
	flag.Usage, flag.Value = usage, value
	if slice, many := value.Value.(pflag.SliceValue); many {
		flag.Value, flag.DefValue = placeholderSlice{value, slice}, "" // an empty list is no default to show
	}
}

// placeholderValue is a flag's value with the placeholder as its type.
type placeholderValue struct {
	pflag.Value
	placeholder string
}

func (p placeholderValue) Type() string { return p.placeholder }

// placeholderSlice is that of a flag that can be repeated.
type placeholderSlice struct {
	placeholderValue
	pflag.SliceValue
}
