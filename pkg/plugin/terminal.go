package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// isTerminal tells whether a stream of the process is one.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// canAsk tells whether there is somebody to answer a question.
func (p Process) canAsk() bool { return isTerminal(p.In) && isTerminal(p.ErrOut) }

// confirm asks a question that only "y" or "yes" agrees to.
func (g *globals) confirm(ctx context.Context, question string) (bool, error) {
	if _, err := fmt.Fprintf(g.process.ErrOut, "%s [y/N] ", question); err != nil {
		return false, err
	}
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(g.process.In).ReadString('\n') // the end of the input is no agreement
		answers <- line
	}()
	select {
	case answer := <-answers:
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return true, nil
		}
		return false, nil
	case <-ctx.Done():
		fmt.Fprintln(g.process.ErrOut)
		return false, ctx.Err()
	}
}

// askSecret asks for a value on the terminal, without an echo.
func (p Process) askSecret(ctx context.Context, what string) ([]byte, error) {
	if !p.canAsk() {
		return nil, usagef("there is no terminal to ask for %s on: give it in a file or on stdin", what)
	}
	fd := int(p.In.(*os.File).Fd())
	restore, err := echoOff(fd) // before the question: some type at once
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(p.ErrOut, "%s: ", what)
	defer fmt.Fprintln(p.ErrOut)
	type answer struct {
		value []byte
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := term.ReadPassword(fd)
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, both(a.err, restore())
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), restore())
	}
}
