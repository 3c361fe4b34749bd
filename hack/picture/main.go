// Picture writes docs/demo.svg: what a terminal shows while the commands of the session run, really, on the local
// stack: make picture.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: stack run -- picture FILE")
		os.Exit(2)
	}
	lines, err := record(context.Background())
	if err == nil {
		err = os.WriteFile(os.Args[1], []byte(draw(lines)), 0o644) //nolint:gosec // a picture for everybody
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}
