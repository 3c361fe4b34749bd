package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// output is the value of -o.
type output string

// The formats.
const (
	outputHuman output = ""
	outputJSON  output = "json"
	outputYAML  output = "yaml"
	outputName  output = "name"
	outputWide  output = "wide"
	outputEnv   output = "env"

	outputOpenMetrics output = "openmetrics"

	outputJSONPath   output = "jsonpath="
	outputGoTemplate output = "go-template="
)

// outputFlag is -o with the formats that a command has. One that ends in an equals sign takes a template behind it.
type outputFlag struct {
	value    output
	template string
	formats  []output
}

// addOutputFlag adds -o and its completion.
func addOutputFlag(cmd *cobra.Command, formats ...output) *outputFlag {
	flag := &outputFlag{formats: formats}
	cmd.Flags().VarP(flag, "output", "o", "Output format: "+flag.choices())
	err := cmd.RegisterFlagCompletionFunc("output", flag.complete)
	if err != nil {
		panic(err) // the flag was added a line above
	}
	return flag
}

// complete leaves no space behind a format that takes a template.
func (f *outputFlag) complete(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var words []string
	directive := cobra.ShellCompDirectiveNoFileComp
	for _, format := range f.formats {
		if strings.HasPrefix(string(format), typed) {
			words = append(words, string(format))
		}
	}
	if len(words) == 1 && strings.HasSuffix(words[0], "=") {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	return words, directive
}

func (f *outputFlag) choices() string {
	names := make([]string, len(f.formats))
	for i, format := range f.formats {
		names[i] = string(format)
		if strings.HasSuffix(names[i], "=") {
			names[i] += "TEMPLATE"
		}
	}
	return strings.Join(names, ", ")
}

func (f *outputFlag) String() string { return string(f.value) + f.template }
func (f *outputFlag) Type() string   { return "FORMAT" }

func (f *outputFlag) Set(text string) error {
	format := text
	if at := strings.IndexByte(text, '='); at >= 0 {
		format, text = text[:at+1], text[at+1:]
	} else {
		text = ""
	}
	if !slices.Contains(f.formats, output(format)) || strings.HasSuffix(format, "=") && text == "" {
		return fmt.Errorf("want one of %s", f.choices())
	}
	f.value, f.template = output(format), text
	return nil
}

// printObject prints an object for machines.
func printObject(w io.Writer, format output, object any) error {
	var text []byte
	var err error
	if format == outputYAML {
		text, err = yaml.Marshal(object)
	} else {
		text, err = json.MarshalIndent(object, "", "    ")
		text = append(text, '\n')
	}
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
