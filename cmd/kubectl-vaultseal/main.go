// Kubectl-vaultseal keeps Kubernetes Secrets as Vault Transit ciphertext. It
// is a kubectl plugin: kubectl vaultseal --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the cloud providers' ways to authenticate

	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin"
	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin/coredump"
	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin/httpdebug"
)

// What a release's build sets, as -ldflags "-X main.version=v1.2.3 -X main.commit=HASH -X main.date=TIME", where the
// hash is whole and the time the commit's, in RFC 3339.
var version, commit, date string

func main() {
	cores := coredump.Disable()
	silenced := httpdebug.Restore()
	if _, chosen := os.LookupEnv("GOGC"); !chosen {
		debug.SetGCPercent(gcPercent)
	}
	if _, chosen := os.LookupEnv("GOMEMLIMIT"); !chosen {
		debug.SetMemoryLimit(memoryLimit)
	}
	var left leftInterrupts
	ctx, abort := untilSignalled(&left)
	os.Exit(plugin.Main(ctx, plugin.Process{
		IOStreams: genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr},
		Args:      os.Args[1:],
		LookupEnv: os.LookupEnv,
		Build:     plugin.Build{Version: version, Commit: commit, Date: date},
		Abort:     abort,

		LeaveInterrupts: left.leave,
		OwnCoreLimit:    cores.Restore,
		HTTPDebugTaken:  silenced,
	}))
}

// gcPercent is Go's GOGC where the user sets none: with twice the usual a rotation of 20,000
// Secrets took 7 % less CPU and 17 MiB more memory, which is little in either case.
const gcPercent = 200

// memoryLimit is Go's GOMEMLIMIT where the user sets none: from here on garbage is collected more often. A rotation's
// own memory stays well below; the CronJob's container may have 256 MiB.
const memoryLimit = 144 << 20

// grace is how long the process lives after the second signal, unless a child is still to be ended. It is longer than
// the revocation of the Vault token may take, so that a failed revocation and the progress are reported.
const grace = 8 * time.Second

// untilSignalled ends with the first signal: nothing new is begun, what is being
// written is finished, the Vault token is revoked. The second one closes abort: the
// writes are given up too. A third one ends the process where it is, once no child is left. Windows sends the
// interrupt for Ctrl-C, and SIGTERM when the console is closed; of the others it knows the
// names only.
func untilSignalled(left *leftInterrupts) (ctx context.Context, abort <-chan struct{}) {
	ctx, cancel := context.WithCancelCause(context.Background())
	aborted := make(chan struct{})
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) { // as nohup and shells in the background have it
			signal.Notify(signals, s)
		}
	}
	// A closed pipe becomes an error of the write, so that this way out revokes too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		first := left.next(signals)
		code := 128 + int(first.(syscall.Signal))
		cancel(plugin.Signal{Signal: first, Code: code})
		left.next(signals)
		close(aborted)
		time.AfterFunc(grace, func() {
			left.await()
			os.Exit(code)
		})
		left.await()
		signal.Stop(signals)
	}()
	return ctx, aborted
}

// leftInterrupts counts the children that the terminal's interrupts are left to: it sends them to parent and child
// alike.
type leftInterrupts struct{ atomic.Int32 }

func (l *leftInterrupts) leave() (back func()) {
	l.Add(1)
	return func() { l.Add(-1) }
}

// await returns when there is no such child, and what it was given has been taken away.
func (l *leftInterrupts) await() {
	for l.Load() > 0 {
		time.Sleep(10 * time.Millisecond)
	}
}

// next is the next signal that is not left to a child.
func (l *leftInterrupts) next(signals <-chan os.Signal) os.Signal {
	for {
		s := <-signals
		if l.Load() == 0 || s != os.Interrupt && s != syscall.SIGQUIT {
			return s
		}
	}
}
