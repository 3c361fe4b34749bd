package plugin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

const day = 24 * time.Hour

// ageFlag is a duration that may be given in days, as 30d or 1d12h.
type ageFlag struct {
	time.Duration
	text string
}

func addAgeFlag(flags *pflag.FlagSet, name, usage string) *ageFlag {
	flag := &ageFlag{}
	flags.Var(flag, name, usage)
	return flag
}

// ageOrTimeFlag is a duration, or the point in time (RFC 3339) that it counts back to.
type ageOrTimeFlag struct {
	ageFlag
	at time.Time
}

// Set takes 2026-11-28T16:03:12Z, or what ageFlag takes.
func (f *ageOrTimeFlag) Set(text string) error {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		f.ageFlag, f.at = ageFlag{text: text}, at
		return nil
	}
	f.at = time.Time{}
	if err := f.ageFlag.Set(text); err != nil {
		return fmt.Errorf("%w, or a time such as 2026-11-28T16:03:12Z", err)
	}
	return nil
}

func (f *ageFlag) String() string { return f.text }
func (f *ageFlag) Type() string   { return "DURATION" }

func (f *ageFlag) Set(text string) error {
	age, err := parseAge(text)
	if err != nil {
		return err
	}
	f.Duration, f.text = age, text
	return nil
}

var errAge = errors.New("want a duration above zero, such as 30d or 720h")

// parseAge reads a positive duration: Go's form, days before it or alone.
func parseAge(text string) (time.Duration, error) {
	const longest = 100 * 365 // days
	rest, age := text, time.Duration(0)
	if days, after, found := strings.Cut(text, "d"); found {
		n, err := strconv.ParseUint(days, 10, 32)
		if err != nil || n > longest {
			return 0, errAge
		}
		rest, age = after, time.Duration(n)*day
	}
	if rest != "" || age == 0 {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 || more > longest*day {
			return 0, errAge
		}
		age += more
	}
	if age == 0 {
		return 0, errAge
	}
	return age, nil
}
