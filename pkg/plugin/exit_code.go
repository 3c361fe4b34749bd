package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitFound   = 3 // verify found something
	exitDenied  = 4 // or not authenticated, by Kubernetes or by Vault
	exitPartial = 5 // some Secrets done, some failed

	exitBrokenPipe = 128 + 13 // as if SIGPIPE had ended it
)

// hintedError is an error with what to do about it, where the command knows more than the error's type says.
type hintedError struct {
	err  error
	hint string // empty: what the types of its chain say
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }
func (e *hintedError) Hint() string  { return e.hint }

func withHint(err error, hint string) error { return &hintedError{err, hint} }

// usageError is a command line, or a configuration, that is invalid. It wins over an interrupt.
type usageError struct{ hintedError }

func newUsageError(err error, hint string) *usageError { return &usageError{hintedError{err, hint}} }

func usagef(format string, args ...any) error { return newUsageError(fmt.Errorf(format, args...), "") }

// reportError is what a report says as a whole. Its code is the exit code, unless the command was interrupted.
type reportError struct {
	hintedError
	code int
}

func newReportError(code int, err error, hint string) *reportError {
	return &reportError{hintedError{err, hint}, code}
}

// childExit is the exit code of a child that this process has waited for, where it cannot become it.
type childExit int

func (c childExit) Error() string { return fmt.Sprintf("exit status %d", int(c)) }

// exitCode maps an error to the exit code. When several apply: usage, then
// interrupted, then what the report says, then denied, then failed.
func exitCode(ctx context.Context, err error) int {
	var usage *usageError
	var missing *config.MissingError
	var conflict *config.ConflictError
	var skipVerify *config.SkipVerifyError
	var meaningless *config.ValueError
	var unsaid *config.UnsaidError
	var audience *kube.TokenAudienceError
	var report *reportError
	signal, signalled := context.Cause(ctx).(Signal) //nolint:errorlint // a cause is never wrapped
	if !signalled {
		signalled = errors.As(err, &signal) // a child was stopped, and this process by that
	}
	switch {
	case errors.Is(err, engine.ErrNoTransitKey), errors.As(err, &usage), errors.As(err, &missing),
		errors.As(err, &conflict), errors.As(err, &skipVerify), errors.As(err, &meaningless),
		errors.As(err, &unsaid), errors.As(err, &audience):
		return exitUsage
	case signalled:
		return signal.Code
	case errors.As(err, &report):
		return report.code
	case denied(err):
		return exitDenied
	}
	return exitFailed
}

// both is one line for two errors, of which either may be nil.
func both(first, second error) error {
	if first == nil || second == nil {
		return errors.Join(first, second)
	}
	return fmt.Errorf("%w; and %w", first, second)
}

// bothInLine is two errors of the same kind in one line, of which either may be nil.
func bothInLine(first, second error) error {
	if first == nil || second == nil {
		return both(first, second)
	}
	return fmt.Errorf("%w; %w", first, second)
}

func denied(err error) bool {
	return errors.Is(err, transit.ErrDenied) || errors.Is(err, transit.ErrUnauthenticated)
}

// message is the text of an error; an interrupt is said in a word.
func message(ctx context.Context, err error) string {
	signal, signalled := context.Cause(ctx).(Signal) //nolint:errorlint // a cause is never wrapped
	var report *reportError
	switch {
	case !signalled || !errors.Is(err, context.Canceled):
	case errors.As(err, &report):
		return signal.String() + ": " + err.Error() // how far it came
	default:
		return signal.String()
	}
	return err.Error()
}
