package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation"
)

// The format that kubelet reads for fileKeyRef is a line NAME='VALUE' for each variable. A value in it may have several
// lines and any character but a single quote. kubelet treats an empty value as a missing one, drops a CR before a line
// end, and reads lines of less than 64 KiB.

// maxEnvLine is the longest line in bytes that kubelet reads, without its end.
const maxEnvLine = 64<<10 - 1

// EnvValueError says that a variable's value has no form in an env file. It does not hold the value.
type EnvValueError struct {
	Namespace string
	Entry     Entry
	Variable  string
	// Reason is what is wrong with the value: "it is empty".
	Reason string
}

func (e *EnvValueError) Error() string {
	return fmt.Sprintf("secret %s/%s entry %q cannot be variable %s from a file: %s", e.Namespace, e.Entry.Secret,
		e.Entry.Name, e.Variable, e.Reason)
}

// checkEnvName refuses names that kubelet's parser does not read as they are. The comma is the one of the flag.
func checkEnvName(name string) error {
	switch {
	case len(validation.IsRelaxedEnvVarName(name)) > 0, strings.ContainsAny(name, ",:"),
		strings.HasPrefix(name, "#"), strings.Trim(name, " ") != name:
		return fmt.Errorf("%q is not a valid name of a variable in a file", name)
	}
	return nil
}

// envLine is the line of a variable. Its error does not quote the value.
func envLine(name string, value []byte) ([]byte, error) {
	line := fmt.Appendf(nil, "%s='%s'\n", name, value)
	switch {
	case len(value) == 0:
		return nil, errors.New("it is empty, which Kubernetes treats as missing")
	case bytes.IndexByte(value, 0) >= 0:
		return nil, errors.New("it has a NUL")
	case bytes.IndexByte(value, '\'') >= 0:
		return nil, errors.New("it has a single quote")
	case bytes.Contains(value, []byte("\r\n")):
		return nil, errors.New("it has a CR LF line end")
	case !utf8.Valid(value):
		return nil, errors.New("it is not UTF-8 text")
	}
	for part := range bytes.Lines(line) {
		if len(part) > maxEnvLine+len("\n") {
			return nil, errors.New("it has a line of 64 KiB or more")
		}
	}
	return line, nil
}
