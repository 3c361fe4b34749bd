package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// statusInterval is how long a build says nothing where lines stay.
const statusInterval = 15 * time.Second

// buildStatus says how far some builds are: on a terminal in one line that changes, elsewhere in a line now and then.
type buildStatus struct {
	out      io.Writer
	terminal bool

	mu        sync.Mutex
	names     []string
	done, all int // packages
	shown     time.Time
	open      bool // the last line has no end yet
}

func newBuildStatus(out io.Writer) *buildStatus {
	return &buildStatus{out: out, terminal: isTerminal(out)}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// begin adds a build that compiles these packages, and returns what reads the output of go build -v.
func (s *buildStatus) begin(name string, packages map[string]bool) *buildOutput {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
	slices.Sort(s.names)
	s.all += len(packages)
	s.show(time.Now())
	return &buildOutput{packages: packages, built: s.built}
}

// built counts a package. Go names it when it begins with it.
func (s *buildStatus) built() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	now := time.Now()
	if s.terminal || s.done == s.all || now.Sub(s.shown) >= statusInterval {
		s.show(now)
	}
}

func (s *buildStatus) show(now time.Time) {
	text := fmt.Sprintf("building %s: %d of %d packages", strings.Join(s.names, " and "), s.done, s.all)
	if s.terminal {
		fmt.Fprint(s.out, "\r"+text+"\033[K")
		s.open = true
	} else {
		fmt.Fprintln(s.out, text)
	}
	s.shown = now
}

// say writes a line of its own.
func (s *buildStatus) say(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLine()
	fmt.Fprintln(s.out, text)
}

func (s *buildStatus) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLine()
}

func (s *buildStatus) endLine() {
	if s.open {
		fmt.Fprintln(s.out)
		s.open = false
	}
}

// buildOutput is what go build -v writes: the names of packages, which are counted, and the rest, which is kept.
type buildOutput struct {
	packages map[string]bool
	built    func()

	line []byte // without its end yet
	rest bytes.Buffer
}

func (o *buildOutput) Write(data []byte) (int, error) {
	o.line = append(o.line, data...)
	for {
		line, after, found := bytes.Cut(o.line, []byte("\n"))
		if !found {
			return len(data), nil
		}
		if o.packages[string(line)] {
			o.built()
		} else {
			o.rest.Write(append(line, '\n'))
		}
		o.line = bytes.Clone(after)
	}
}
