package document

import (
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// quoteEnv quotes a value for a POSIX shell and for parseEnv. A value with single quotes is written in double quotes if
// nothing in it needs an escape there, because other dotenv parsers do not join adjacent quotes as a shell does.
func quoteEnv(text string) string {
	switch {
	case text == "":
		return ""
	case strings.Contains(text, "'") && !strings.ContainsAny(text, "\"\\$`"):
		return `"` + text + `"`
	}
	return shell.Quote(text)
}
