package plugin

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// isTerminal reports whether a stream of the process is one.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// canAsk reports whether a user can answer a question.
func (p Process) canAsk() bool { return isTerminal(p.In) && isTerminal(p.rawErr()) }

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

// readLine reads a line without its end. What follows is left for the next question.
func readLine(in io.Reader) ([]byte, error) {
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := in.Read(one)
		switch {
		case n > 0 && one[0] != '\n':
			line = append(line, one[0])
		case n > 0, err == io.EOF && len(line) > 0:
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// askSecret asks for a value on the terminal, without an echo.
func (p Process) askSecret(ctx context.Context, what string) ([]byte, error) {
	if !p.canAsk() {
		return nil, usagef("there is no terminal to ask for %s on: give it in a file or on stdin", what)
	}
	restore, err := echoOff(int(p.In.(*os.File).Fd())) // before the question: some type at once
	if err != nil {
		return nil, err
	}
	_ = say(p.ErrOut, "%s: ", what)
	defer fmt.Fprintln(p.ErrOut)
	type answer struct {
		value []byte
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := readLine(p.In) // and not term.ReadPassword, which would switch modes beside restore
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, both(a.err, restore())
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), restore())
	}
}
