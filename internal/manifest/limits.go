package manifest

import (
	"bytes"
	"errors"
	"fmt"
)

// MaxFile is the maximum size of a file or of stdin in bytes.
const MaxFile = 64 << 20

// The limits of one run, and of one document. Others may have written the files: a YAML value of two bytes takes half a
// kilobyte of memory.
const (
	maxTotal   = 256 << 20 // bytes of all files
	maxObjects = 100_000   // documents, and Secrets in them
	maxValues  = 1 << 20   // of a document
)

// The files of one run are more than it can read.
var (
	ErrTooMuch = fmt.Errorf("more than %d MiB of manifests", maxTotal>>20)
	ErrTooMany = fmt.Errorf("more than %d documents and Secrets", maxObjects)
)

var (
	errTooLarge = fmt.Errorf("larger than %d bytes, the most that is read", MaxFile)
	errTooFine  = fmt.Errorf("more than %d values in a document: put its objects into documents of their own",
		maxValues)
	errNoRegular = errors.New("it is not a regular file: to read it, specify the file itself")
)

// checkValues refuses a document that would take too much memory. Each value except the first follows one of these
// characters.
func checkValues(text []byte) error {
	n := 0
	for _, mark := range []string{"\n", ",", ":", "[", "{"} {
		if n += bytes.Count(text, []byte(mark)); n > maxValues {
			return errTooFine
		}
	}
	return nil
}
