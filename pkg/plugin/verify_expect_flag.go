package plugin

import (
	"errors"
	"strconv"
)

// expectFlag is a number of at least 1; 0 where it was not given.
type expectFlag int

func (f *expectFlag) String() string {
	if *f == 0 {
		return ""
	}
	return strconv.Itoa(int(*f))
}

func (f *expectFlag) Set(text string) error {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		return errors.New("want a number of at least 1")
	}
	*f = expectFlag(number)
	return nil
}

func (f *expectFlag) Type() string { return "N" }
