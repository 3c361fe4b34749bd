package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

var (
	interrupt = Signal{syscall.SIGINT, 130}
	terminate = Signal{syscall.SIGTERM, 143}
)

// ended is a context that a signal has ended.
func ended(by error) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(by)
	return ctx
}

func TestExitCode(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	partial := newReportError(exitPartial, errors.New("1 Secret of 2 not rewrapped"), "")
	found := newReportError(exitFound, errors.New("verification found something"), "")
	cases := []struct {
		name string
		err  error
		want int
	}{
		{"any error", errors.New("x"), 1},
		{"usage", usagef("x"), 2},
		{"missing configuration", &config.MissingError{}, 2},
		{"two Vaults", &config.ConflictError{}, 2},
		{"VAULT_SKIP_VERIFY", &config.SkipVerifyError{}, 2},
		{"bad setting", &config.ValueError{Err: errors.New("x")}, 2},
		{"outside token, Vault of the ConfigMap", &config.UnsaidError{}, 2},
		{"token for the API server", &kube.TokenAudienceError{}, 2},
		{"bad document", withHint(errors.New("x"), "say y"), 1},
		{"found", found, 3},
		{"partial", partial, 5},
		{"denied by Vault", transit.ErrDenied, 4},
		{"not authenticated to Vault", transit.ErrUnauthenticated, 4},
		{"forbidden by Kubernetes", kube.Classify(apierrors.NewForbidden(secrets, "a", nil)), 4},
		{"unauthorized to Kubernetes", kube.Classify(apierrors.NewUnauthorized("x")), 4},
		{"not found in Kubernetes", kube.Classify(apierrors.NewNotFound(secrets, "a")), 1},
		{"conflict", kube.Classify(apierrors.NewConflict(secrets, "a", nil)), 1},
		{"Kubernetes unreachable", kube.Classify(errors.New("dial")), 1},
		{"exists", &engine.ExistsError{}, 1},
		{"not replaceable", &engine.NotReplaceableError{Reason: errors.New("x")}, 1},
		{"too large", &engine.TooLargeError{}, 1},
		{"another key", &engine.KeyMismatchError{}, 1},
		{"not derived", &engine.NotDerivedError{}, 1},
		{"not sealed", engine.ErrNotSealed, 1},
		{"no transit key", engine.ErrNoTransitKey, 2},
		{"tampered", transit.ErrTampered, 1},
		{"retired", transit.ErrVersionRetired, 1},
		{"Vault sealed", transit.ErrSealed, 1},
		{"Vault unreachable", transit.ErrUnreachable, 1},
		{"cancelled without a signal", context.Canceled, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, err := range []error{c.err, fmt.Errorf("wrapped: %w", c.err),
				errors.Join(errors.New("other"), c.err)} {
				if got := exitCode(t.Context(), err); got != c.want {
					t.Errorf("exitCode(%v) = %d, want %d", err, got, c.want)
				}
			}
		})
	}
}

// TestHintOfACommandComesFirst: a command that knows more than the error's type adds that, whatever the type is.
func TestHintOfACommandComesFirst(t *testing.T) {
	other := &engine.OtherKeyError{Namespace: "a", Name: "b", Err: transit.ErrDenied}
	if got := hint(fmt.Errorf("rewrap: %w", withHint(other, "then finish"))); got != "then finish" {
		t.Errorf("%q", got)
	}
	if got := hint(fmt.Errorf("rewrap: %w", other)); got != otherKeyHint(other) {
		t.Errorf("%q", got)
	}
}

func TestExitCodePrecedence(t *testing.T) {
	usage := usagef("usage")
	report := newReportError(exitPartial, errors.New("report"), "")
	denied, failed := transit.ErrDenied, errors.New("failed")
	cases := []struct {
		name string
		ctx  context.Context
		err  error
		want int
	}{
		{"usage before interrupted", ended(interrupt), usage, 2},
		{"usage before all", ended(interrupt), errors.Join(failed, denied, report, usage), 2},
		{"interrupted before report", ended(interrupt), errors.Join(failed, denied, report), 130},
		{"interrupted before denied", ended(interrupt), denied, 130},
		{"interrupted before failed", ended(interrupt), failed, 130},
		{"terminated", ended(terminate), fmt.Errorf("x: %w", context.Canceled), 143},
		{"report before denied", context.Background(), errors.Join(failed, denied, report), 5},
		{"report about a denial", context.Background(), newReportError(exitFound, denied, ""), 3},
		{"denied before failed", context.Background(), errors.Join(failed, denied), 4},
		{"cancelled by no signal", ended(errors.New("x")), failed, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := exitCode(c.ctx, c.err); got != c.want {
				t.Errorf("exitCode = %d, want %d", got, c.want)
			}
		})
	}
}

func TestMessage(t *testing.T) {
	cancelled := fmt.Errorf("get secret a/b: %w", context.Canceled)
	cases := []struct {
		name string
		ctx  context.Context
		err  error
		want string
	}{
		{"an error", context.Background(), errors.New("x"), "x"},
		{"interrupted", ended(interrupt), cancelled, "interrupt"},
		{"terminated", ended(terminate), cancelled, "terminated"},
		{"an error beside a signal", ended(interrupt), errors.New("x"), "x"},
		{"cancelled without a signal", context.Background(), cancelled, cancelled.Error()},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := message(c.ctx, c.err); got != c.want {
				t.Errorf("message = %q, want %q", got, c.want)
			}
		})
	}
}

func TestUsageBeforeSignal(t *testing.T) {
	if got := runWith(t, ended(interrupt), "", "create"); got.code != exitUsage {
		t.Errorf("exit code %d, want %d: %s", got.code, exitUsage, got.err)
	}
}

// newRotateOptions are the command's without a flag.
func newRotateOptions() *rotateOptions {
	return &rotateOptions{selection: &selectionFlags{}}
}

// rotated is a report with Secrets of these statuses, failed ones with the error.
func rotated(failure error, statuses ...engine.SecretStatus) *engine.RotationReport {
	report := &engine.RotationReport{}
	for i, status := range statuses {
		secret := engine.SecretRotation{Namespace: "a", Name: fmt.Sprintf("s%d", i), Status: status}
		switch status {
		case engine.Rewrapped:
			report.Summary.Rewrapped++
		case engine.Current:
			report.Summary.Current++
		case engine.Skipped:
			report.Summary.Skipped++
		case engine.Failed:
			report.Summary.Failed++
			secret.Err, secret.Reason = failure, failure.Error()
		case engine.NotOpening:
			report.Summary.Broken++
			secret.Err, secret.Reason = transit.ErrTampered, transit.ErrTampered.Error()
		}
		report.Secrets = append(report.Secrets, secret)
	}
	return report
}

func TestRotationExitCode(t *testing.T) {
	failure := errors.New("x")
	cases := []struct {
		name   string
		report *engine.RotationReport
		err    error
		want   int
	}{
		{"nothing in view", rotated(nil), nil, 0},
		{"all done", rotated(nil, engine.Rewrapped, engine.Current, engine.Skipped), nil, 0},
		{"one, failed", rotated(failure, engine.Failed), nil, 1},
		{"one, denied", rotated(transit.ErrDenied, engine.Failed), nil, 4},
		{"all failed", rotated(failure, engine.Failed, engine.Failed), nil, 1},
		{"all denied", rotated(transit.ErrDenied, engine.Failed, engine.Failed), nil, 4},
		{"some done, some failed", rotated(failure, engine.Rewrapped, engine.Failed), nil, 5},
		{"some done, some denied", rotated(transit.ErrDenied, engine.Current, engine.Failed), nil, 5},
		{"skipped and failed", rotated(failure, engine.Skipped, engine.Failed), nil, 1},
		{"some done, some broken", rotated(nil, engine.Rewrapped, engine.NotOpening), nil, 0},
		{"all broken", rotated(nil, engine.NotOpening, engine.Skipped), nil, 1},
		{"some done, some broken, some failed", rotated(failure, engine.Rewrapped, engine.NotOpening, engine.Failed),
			nil, 5},
		{"ended before anything", rotated(nil), transit.ErrUnreachable, 1},
		{"denied before anything", rotated(nil), transit.ErrDenied, 4},
		{"ended midway", rotated(nil, engine.Rewrapped), transit.ErrUnreachable, 5},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := newRotateOptions().endOf(c.report, engine.RotateRequest{}, c.err)
			got := 0
			if err != nil {
				got = exitCode(t.Context(), err)
			}
			if got != c.want {
				t.Errorf("exit code %d, want %d: %v", got, c.want, err)
			}
		})
	}
}

func TestStoppedRotationHint(t *testing.T) {
	begun := &engine.RotationReport{Keys: []engine.KeyRotation{{TransitKey: "transit/app", Rotated: true}}}
	for want, err := range map[string]error{
		"finish with kubectl vaultseal rotate":             errors.New("x"),
		"say y\nthen finish with kubectl vaultseal rotate": newUsageError(errors.New("x"), "say y"),
	} {
		got := hint(newRotateOptions().endOf(begun, engine.RotateRequest{}, err))
		if !strings.HasPrefix(got, want) {
			t.Errorf("hint %q, want %q …", got, want)
		}
	}
}

// verified is a view of a report with these findings.
func verified(findings ...engine.Finding) *verificationView {
	report := &engine.VerificationReport{Findings: findings,
		Summary: engine.VerificationSummary{Findings: map[engine.EntryStatus]int{}}}
	for i, finding := range findings {
		if findings[i].Name == "" {
			findings[i].Name = fmt.Sprint("s", i)
		}
		report.Summary.Findings[finding.Status]++
		report.Summary.Secrets++
	}
	return &verificationView{VerificationReport: report}
}

func TestVerificationExitCode(t *testing.T) {
	stale := engine.Finding{Status: engine.Stale}
	refused := engine.Finding{Status: engine.Unreadable, Err: transit.ErrDenied}
	broken := engine.Finding{Status: engine.Broken, Err: transit.ErrTampered}
	differs, equal := verified(), verified()
	others, fine := verified(refused), verified()
	others.Summary.Secrets, fine.Summary.Secrets = 99, 99
	differs.Against, equal.Against = &comparison{}, &comparison{Equal: true}
	cases := []struct {
		name string
		view *verificationView
		err  error
		want int
	}{
		{"nothing found", verified(), nil, 0},
		{"stale", verified(stale), nil, 3},
		{"broken", verified(broken), nil, 3},
		{"differs from the file", differs, nil, 3},
		{"holds what the file holds", equal, nil, 0},
		{"all refused", verified(refused, refused), nil, 4},
		{"one refused", verified(stale, refused), nil, 3},
		{"one refused among good ones", others, nil, 3},
		{"one could not be read", fine, transit.ErrDenied, 5},
		{"an error", verified(), errors.New("x"), 1},
		{"denied", verified(), transit.ErrDenied, 4},
		{"found beside an error", verified(stale), errors.New("x"), 3},
		{"found beside a denial", verified(stale), transit.ErrDenied, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := (&verifyOptions{selection: &selectionFlags{}}).endOf(c.view, engine.Selection{}, c.err)
			got := 0
			if err != nil {
				got = exitCode(t.Context(), err)
			}
			if got != c.want {
				t.Errorf("exit code %d, want %d: %v", got, c.want, err)
			}
		})
	}
}
