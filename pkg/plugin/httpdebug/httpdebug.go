// Package httpdebug keeps net/http from printing request headers, in which tokens are.
//
// GODEBUG=http2debug=1 and =2 make net/http and golang.org/x/net/http2 log every header. Both read GODEBUG once, when
// Go initialises them. This package takes the setting away before: of the packages that are ready, Go initialises the
// one whose import path sorts first, and this one needs only packages that those need too. It must import nothing else.
package httpdebug

import (
	"os"
	"strings"
)

const variable = "GODEBUG"

var taken = take()

// Restore sets GODEBUG as the user has it, for the programs that are started from here on, and reports whether a
// setting was taken away. net/http does not look at it again.
func Restore() bool {
	if taken == "" {
		return false
	}
	_ = os.Setenv(variable, taken)
	return true
}

// take gives GODEBUG as it was, "" where there is nothing to take away.
func take() string {
	is := os.Getenv(variable)
	without := quiet(is)
	if without == is {
		return ""
	}
	_ = os.Setenv(variable, without)
	return is
}

// quiet is a GODEBUG without what makes net/http print headers. It looks for the text anywhere, as net/http does.
func quiet(setting string) string {
	var kept []string
	for _, one := range strings.Split(setting, ",") {
		if !strings.Contains(one, "http2debug") {
			kept = append(kept, one)
		}
	}
	return strings.Join(kept, ",")
}
