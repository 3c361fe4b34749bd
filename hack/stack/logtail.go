package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// failureLines is how many last lines of a log are shown when something fails.
const failureLines = 15

// lastLines returns the last n lines of output as an error to join to another one, or
// nil when there is none.
func lastLines(output []byte, n int) error {
	lines := bytes.Split(bytes.TrimRight(output, "\n"), []byte("\n"))
	lines = lines[max(0, len(lines)-n):]
	text := bytes.Join(lines, []byte("\n"))
	if len(text) == 0 {
		return nil
	}
	return errors.New(string(text))
}

// withLog joins the last lines of the log to the error of the server that wrote it.
func withLog(err error, log string) error {
	data, readErr := os.ReadFile(log)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	tail := lastLines(data, failureLines)
	if tail == nil {
		return fmt.Errorf("%w (its log %s is empty)", err, log)
	}
	return fmt.Errorf("%w; the last lines of %s:\n%w", err, log, tail)
}
