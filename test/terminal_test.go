package test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// terminalCommands put a person before a terminal:
//
//	terminal CODE FILE ARGS…  run `kubectl vaultseal ARGS…` on a terminal of its own, and do there what the lines of
//	                          FILE say; it must exit with CODE. stdout: what the terminal showed
//
// The lines are
//
//	await TEXT    wait until the terminal shows TEXT, after what was awaited before
//	hidden        wait until the terminal does not show what is typed
//	echoes        wait until it does
//	type TEXT     type TEXT and Return
//	key c         press Ctrl and a letter
//	signal TERM   send the process a signal
//	sh COMMAND    run a shell command, which must succeed; $PID is the process
func terminalCommands() map[string]command {
	return map[string]command{"terminal": runTerminal}
}

func runTerminal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: terminal CODE FILE ARGS…")
	}
	ts.Check(ts.Exec("env"))
	p := &person{env: strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n"), dir: ts.MkAbs(".")}
	err := p.use(ts.ReadFile(args[1]), args[2:])
	fmt.Fprint(ts.Stdout(), p.shown.String())
	if err != nil {
		ts.Fatalf("%v; the terminal shows:\n%s", err, &p.shown)
	}
	if want := args[0]; strconv.Itoa(p.code) != want {
		ts.Fatalf("exit code %d, want %s; the terminal shows:\n%s", p.code, want, &p.shown)
	}
}

// person sits before a terminal.
type person struct {
	env      []string
	dir      string
	shown    said
	awaited  int // bytes of shown
	terminal *os.File
	running  *exec.Cmd
	code     int
}

func (p *person) use(script string, args []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), commandEnd)
	defer cancel()
	p.running = exec.CommandContext(ctx, "kubectl", append([]string{"vaultseal"}, args...)...)
	p.running.Env, p.running.Dir = p.env, p.dir
	var err error
	if p.terminal, err = pty.StartWithSize(p.running, &pty.Winsize{Rows: 40, Cols: 200}); err != nil {
		return err
	}
	defer func() { _ = p.terminal.Close() }()
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		_, _ = io.Copy(&p.shown, p.terminal) // it ends with an error when the process has
	}()
	for line := range strings.Lines(script) {
		if err := p.do(strings.TrimSpace(line)); err != nil {
			cancel()
			return errors.Join(fmt.Errorf("%s: %w", strings.TrimSpace(line), err), p.running.Wait())
		}
	}
	err = p.running.Wait()
	<-shown
	p.code = p.running.ProcessState.ExitCode()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

func (p *person) do(line string) error {
	verb, what, _ := strings.Cut(line, " ")
	switch verb {
	case "":
		return nil
	case "await":
		return p.await(what)
	case "hidden", "echoes":
		return p.awaitEcho(verb == "echoes")
	case "type":
		_, err := io.WriteString(p.terminal, what+"\r")
		return err
	case "key":
		_, err := p.terminal.Write([]byte{what[0] & 0x1f})
		return err
	case "signal":
		signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "INT": syscall.SIGINT}
		return p.running.Process.Signal(signals[what])
	case "sh":
		cmd := exec.Command("sh", "-ec", what)
		cmd.Env, cmd.Dir = append(p.env, fmt.Sprintf("PID=%d", p.running.Process.Pid)), p.dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	return errors.New("no such verb")
}

func (p *person) awaitEcho(on bool) error {
	for range 6000 {
		modes, err := unix.IoctlGetTermios(int(p.terminal.Fd()), readTermios)
		if err != nil {
			return err
		}
		if (modes.Lflag&unix.ECHO != 0) == on {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("the terminal's echo stays as it is")
}

func (p *person) await(text string) error {
	for range 6000 {
		if at := strings.Index(p.shown.String()[p.awaited:], text); at >= 0 {
			p.awaited += at + len(text)
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("not shown")
}
