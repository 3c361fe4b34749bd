package plugin

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// expiresNever is the word of --expires that removes an expiry.
const expiresNever = "never"

// expiresForms says in help what --expires takes.
const expiresForms = "a duration such as 90d, a date such as 2027-03-01, a time in RFC 3339, or never"

// expiresFlag is when a credential expires: after a duration, at a time, or never.
type expiresFlag struct {
	sealed.Expiry
	text string
	now  func() time.Time
}

func addExpiresFlag(cmd *cobra.Command, flag *expiresFlag, usage string) {
	flag.now = time.Now
	cmd.Flags().Var(flag, "expires", usage+": "+expiresForms)
	completeFlag(cmd, "expires", cobra.FixedCompletions([]string{"30d", "90d", "365d", expiresNever},
		cobra.ShellCompDirectiveNoFileComp))
}

func (f *expiresFlag) String() string { return f.text }
func (f *expiresFlag) Type() string   { return "WHEN" }

// Set takes 90d, 2160h, 2027-03-01, 2027-03-01T12:00:00Z or never. It refuses a time that has passed.
func (f *expiresFlag) Set(text string) error {
	var at time.Time
	if text != expiresNever {
		var err error
		if at, err = f.parse(text); err != nil {
			return err
		}
	}
	f.Expiry, f.text = sealed.Expiry{Given: true, At: at}, text
	return nil
}

func (f *expiresFlag) parse(text string) (time.Time, error) {
	now := f.now()
	if after, err := parseAge(text); err == nil {
		return now.Add(after), nil
	}
	at, err := sealed.ParseTime(text)
	switch {
	case err != nil:
		return at, errors.New("want " + expiresForms)
	case !at.After(now):
		return at, errors.New("it has passed")
	}
	return at, nil
}
