package setup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// putBackTimeout is the time limit for restoring a configuration after a signal.
const putBackTimeout = 20 * time.Second

// keyTrial writes the configuration of the jwt method, and keeps it only if a login works with it. A write replaces all
// of the configuration, and Vault reads the keys of a URL when it is written. What does not log in is put back: to what
// Vault had, or to static keys if it had nothing of this cluster.
type keyTrial struct {
	setting

	setup *Setup
}

// asSteps puts a configuration that needs a login after the roles, because the login needs them. The first
// configuration with static keys needs no login: there is nothing to put back.
func (s *Setup) asSteps(settings []setting) []step {
	var steps, last []step
	for _, one := range settings {
		tries := s.keySource.is != nil || !s.Installation.KeySource.Static()
		if one.kind == authConfigKind && s.Installation.Method == transit.MethodJWT && tries {
			last = append(last, keyTrial{one, s})
			continue
		}
		steps = append(steps, one)
	}
	return append(steps, last...)
}

func (t keyTrial) apply(ctx context.Context) error {
	if t.setup.keySource.candidate != nil {
		return t.applyIssuer(ctx)
	}
	err := t.setting.apply(ctx)
	unanswered := transit.Ambiguous(err)
	switch {
	case err == nil:
		err = t.login(ctx)
	case !unanswered:
		return t.refused(err)
	}
	if err == nil {
		return nil
	}
	return t.putBack(ctx, KeySourceError{Err: err, Unanswered: unanswered}, t.setup.before())
}

// putBack writes what Vault is to have after a failure.
func (t keyTrial) putBack(ctx context.Context, failure KeySourceError, before map[string]any) *KeySourceError {
	failure.Source, failure.Before = t.setup.Installation.KeySource, sourceOf(before)
	failure.NotPutBack = t.write(ctx, before)
	return &failure
}

// applyIssuer tries the source that setup chose itself. A failure is a note, because static keys work too. So is the
// lack of an answer: Vault may wait for an issuer that it cannot reach for longer than setup waits for Vault.
func (t keyTrial) applyIssuer(ctx context.Context) error {
	s := t.setup
	source := s.Installation.KeySource
	err := s.prove(ctx)
	unanswered := false
	if err == nil {
		err = t.setting.apply(ctx)
		unanswered = transit.Ambiguous(err)
		if err != nil && !isRefusal(err) && !unanswered {
			return err
		}
	}
	if err == nil {
		err = t.login(ctx)
	}
	if err == nil {
		s.keySource.note = fmt.Sprintf("Vault reads the cluster's signing keys at %s (%s), the issuer of its tokens, "+
			"and follows when they change", source.URL, source.Parameter)
		return nil
	}
	failed := t.putBack(ctx, KeySourceError{Err: err, Unanswered: unanswered},
		s.Installation.keyParameters(signingkeys.Source{}))
	if ctx.Err() != nil || failed.NotPutBack != nil {
		return failed
	}
	s.keySource.note = s.Installation.staticNote(reasonOf(err))
	return nil
}

// login logs in once. Nothing is known, and the configuration stays, if the administrator cannot create tokens.
func (t keyTrial) login(ctx context.Context) error {
	unrevoked, err := t.setup.tryLogin(ctx, sealerName, config.Account{Name: sealerName}, true)
	t.setup.keySource.unrevoked = unrevoked // reported at the end of setup
	var account *kube.AccountError
	if errors.As(err, &account) && errors.Is(err, transit.ErrDenied) {
		return nil
	}
	return err
}

// write writes a configuration even if the user has stopped setup, so that Vault keeps none that does not log in.
func (t keyTrial) write(ctx context.Context, parameters map[string]any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTimeout)
	defer cancel()
	_, err := t.vault.Write(ctx, t.at, parameters)
	return err
}

// before returns the configuration to put back.
func (s *Setup) before() map[string]any {
	if s.keySource.is == nil {
		return s.Installation.keyParameters(signingkeys.Source{})
	}
	before := maps.Clone(s.keySource.is)
	maps.DeleteFunc(before, func(name string, value any) bool {
		return isEmpty(value) || strings.HasSuffix(name, "_set")
	})
	return before
}

// refused is about a configuration that Vault has not accepted, and so has not changed.
func (t keyTrial) refused(err error) error {
	if source := t.setup.Installation.KeySource; !source.Static() && isRefusal(err) {
		return &KeySourceError{Source: source, Err: err, Refused: true}
	}
	return err
}

// isRefusal reports whether Vault found something wrong with a write itself, such as a URL that it cannot read.
func isRefusal(err error) bool {
	var refusal *transit.RefusedError
	return errors.As(err, &refusal) && refusal.Kind == nil
}

// reasonOf leaves out what LoginError says before the reason.
func reasonOf(err error) error {
	var failed *LoginError
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// KeySourceError reports a configuration of signing keys that Vault refuses, or that no login works with.
type KeySourceError struct {
	Source     signingkeys.Source // static: the keys themselves
	Err        error
	Refused    bool               // Vault has not accepted it
	Unanswered bool               // Vault has not answered when it was written
	Before     signingkeys.Source // what Vault has again
	NotPutBack error              // why Vault still has the new configuration; nil: it does not have it
}

func (e *KeySourceError) Error() string {
	what, now, why := described(e.Source), described(e.Before), reasonOf(e.Err)
	const unanswered = "vault does not answer whether it accepts %s: %v; "
	switch {
	case e.Refused:
		return fmt.Sprintf("vault does not accept %s: %v", what, why)
	case e.Unanswered && e.NotPutBack != nil:
		return fmt.Sprintf(unanswered+"the configuration could not be put back: %v", what, why, e.NotPutBack)
	case e.Unanswered:
		return fmt.Sprintf(unanswered+"so vault has %s", what, why, now)
	case e.NotPutBack != nil:
		return fmt.Sprintf("a login with %s fails: %v; the configuration could not be put back: %v", what, why,
			e.NotPutBack)
	}
	return fmt.Sprintf("a login with %s fails: %v; so vault has %s", what, why, now)
}

// Unwrap returns why it fails.
func (e *KeySourceError) Unwrap() error { return e.Err }
