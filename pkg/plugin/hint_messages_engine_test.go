package plugin

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func engineRows() map[string]row {
	key, other := sampleKey(), transit.Key{Mount: "transit", Name: "team-b"}
	const inReport = "a row of a report says it of a Secret"
	return map[string]row{
		"engine.ConfiguredKeyError": hasHint(&engine.ConfiguredKeyError{Key: key,
			Err: vaultRefusal(transit.ErrKeyNotFound, "404")}),
		"engine.EntryNotFoundError": hasHint(&engine.EntryNotFoundError{Entry: "password",
			Entries: []string{"token", "user"}}),
		"engine.ExistsError": hasHint(&engine.ExistsError{Namespace: "team-a", Name: "app"},
			&engine.ExistsError{Namespace: "team-a", Name: "app", Unsealed: []string{"token"}},
			&engine.ExistsError{Namespace: "team-a", Name: "app", Empty: true}),
		"engine.KeyMismatchError": hasHint(&engine.KeyMismatchError{Namespace: "team-a", Name: "app", Annotated: key,
			Wanted: other}),
		"engine.MovedError": hasHint(
			movedSample(sealed.Strict, sealed.Place{Namespace: "team-a", Name: "db"}, sealed.MoveEvidence{}),
			movedSample(sealed.Strict, sealed.Place{Namespace: "default", Name: "db"}, sealed.MoveEvidence{}),
			movedSample(sealed.NamespaceWide, sealed.Place{Namespace: "default", Name: "staging-db"},
				sealed.MoveEvidence{}),
			movedSample(sealed.Strict, sealed.Place{}, sealed.MoveEvidence{By: "Kustomize (namePrefix)",
				Shown: "annotation alpha.config.kubernetes.io/transformations"}),
			movedSample(sealed.NamespaceWide, sealed.Place{}, sealed.MoveEvidence{By: "Helm",
				Shown: "label app.kubernetes.io/managed-by"}),
			movedSample(sealed.Strict, sealed.Place{}, sealed.MoveEvidence{})),
		"engine.NotDeletedError": hasHint(&engine.NotDeletedError{Namespace: "team-a", Name: "app",
			To: sealed.Place{Namespace: "team-b", Name: "app"}, Err: errors.New("delete secret team-a/app: EOF")}),
		"engine.TargetExistsError": hasHint(&engine.TargetExistsError{Namespace: "team-b", Name: "app",
			Differs: `entry "password"`}),
		"engine.TargetDeletingError": hasHint(&engine.TargetDeletingError{Namespace: "team-b", Name: "app"}),
		"engine.UnreadTargetError": hasHint(&engine.UnreadTargetError{
			To:  sealed.Place{Namespace: "team-b", Name: "app"},
			Err: fmt.Errorf("get secret team-b/app: %w", kube.ErrNotFound)}),
		"engine.errNoDelete":     noHint("no command deletes a Secret in a file"),
		"engine.errSamePlace":    noHint("the command refuses its arguments before"),
		"engine.NotDerivedError": hasHint(&engine.NotDerivedError{Key: key, Scope: sealed.Strict}),
		"engine.NotLoweredError": hasHint(&engine.NotLoweredError{Key: key, Version: 2,
			Err: unreached(transit.AnswerLost, "EOF")}),
		"engine.NotReplaceableError": noHint("the type of the Secret, or its owner, decides",
			&engine.NotReplaceableError{Namespace: "team-a", Name: "app",
				Reason: errors.New("its type is helm.sh/release.v1")}),
		"engine.OtherKeyError": hasHint(&engine.OtherKeyError{Namespace: "team-b", Name: "app", Annotated: key,
			Configured: other},
			&engine.OtherKeyError{Namespace: "team-b", Name: "app", Annotated: key, Configured: other, Of: "team-a",
				Bound: true, Err: transit.ErrDenied}),
		"engine.RetiredWriteError": hasHint(&engine.RetiredWriteError{Namespace: "team-a", Name: "app", Key: key,
			Version: 2, Err: errors.New("tried 3 times")}),
		"engine.ScopeError": hasHint(&engine.ScopeError{Scope: sealed.Strict, Least: sealed.Strict,
			NotDerived: key}),
		"engine.TooLargeError": noHint("the message has the limit: split the Secret",
			&engine.TooLargeError{Namespace: "team-a", Name: "app", Size: 2 << 20}),
		"engine.UnboundScopeError": hasHint(&engine.UnboundScopeError{Key: key}),
		"engine.TouchedError": hasHint(&engine.TouchedError{Namespace: "team-a", Name: "app", What: `entry "token"`,
			Entry: "token"},
			&engine.TouchedError{Namespace: "team-a", Name: "app", What: "label tier"}),
		"engine.UnknownWriteError": hasHint(&engine.UnknownWriteError{Namespace: "team-a", Name: "app"},
			&engine.UnknownWriteError{Namespace: "team-a", Name: "app", Deleted: true},
			&engine.UnknownWriteError{Namespace: "team-a", Name: "app",
				Err: fmt.Errorf("get secret team-a/app: %w", kube.ErrUnreachable)}),
		"engine.UnconfiguredKeyError": hasHint(&engine.UnconfiguredKeyError{Namespace: "team-a", Name: "app",
			Annotated: key}),
		"engine.UnprovenScopeError": hasHint(&engine.UnprovenScopeError{Scope: sealed.Strict, Key: key}),
		"engine.UnreadError": noHint("the errors in it have the hints",
			&engine.UnreadError{Secrets: []engine.UnreadSecret{{Namespace: "team-a", Name: "app",
				Err: errors.New("secret team-a/app: it has no entries")}}}),
		"engine.ErrLastEntry":    hasHint(engine.ErrLastEntry),
		"engine.ErrNoTransitKey": hasHint(engine.ErrNoTransitKey),
		"engine.ErrNoneOpens": noHint("rotate gives the hint, with the selection in its command",
			engine.ErrNoneOpens),
		"engine.ErrNotSealed": hasHint(engine.ErrNotSealed),
		"engine.ErrOutOfView": noHint(inReport, engine.ErrOutOfView),
		"engine.ErrStillNeeded": noHint("rotate gives the hint, with the command that finishes it",
			engine.ErrStillNeeded),
		"engine.brokenError":      noHint("it has the text and the hint of the error that it wraps"),
		"engine.failedEntryError": noHint("it has the text and the hint of the error that it wraps"),
		"engine.keyError":         noHint("it has the text and the hint of the error that it wraps"),
		"engine.skip":             noHint(inReport),
		"engine.errAgeUnknown":    noHint(inReport),
		"engine.errDeleted":       noHint(inReport),
		"engine.errImmutable":     noHint(inReport),
		"engine.errNoEntries":     noHint(inReport),
		"engine.errNoSeal":        noHint(inReport),
		"engine.errNotListed":     noHint(inReport),
		"engine.errOtherKey":      noHint(inReport),
		"engine.errRestless":      noHint("rotate gives the hint, with the command that finishes it"),
		"engine.errUnmarked":      noHint(inReport),
	}
}

func movedSample(scope sealed.Scope, from sealed.Place, evidence sealed.MoveEvidence) *engine.MovedError {
	return &engine.MovedError{Namespace: "team-a", Name: "staging-db", Scope: scope, From: from, Evidence: evidence,
		Err: fmt.Errorf("open secret team-a/staging-db entry %q: %w", "password",
			vaultRefusal(transit.ErrUnauthentic, "cipher: message authentication failed"))}
}

func documentRows() map[string]row {
	const place, says = "the error around it names the file and the line", "it says what to do"
	path, _ := document.ParsePath("servers.2.host")
	return map[string]row{
		"document.ConflictError": noHint("git merge says how to decide", &document.ConflictError{Path: path}),
		"document.ErrLayout":     noHint("git merge says how to decide", document.ErrLayout),
		"document.ErrManyFields": noHint("git merge says how to decide", document.ErrManyFields),
		"document.Error": noHint("the command knows whether to fix a file or a stream",
			&document.Error{Line: 3, Column: 7, Reason: "want a value"}),
		"document.MemberError": hasHint(&document.MemberError{Name: "servers", Reason: "it is nested"}),
		"document.PathError": noHint("set and edit name the entry",
			&document.PathError{Path: path, Reason: "it does not exist"}),
		"document.ErrAlias":      hasHint(document.ErrAlias),
		"document.ErrOtherParts": hasHint(document.ErrOtherParts),
		"document.errPanicked":   noHint("no user sees it"),
		"manifest.Error": hasHint(&manifest.Error{Document: 2, Line: 14,
			Reason: manifest.ReasonTemplate}),
		"manifest.NamespaceError": hasHint(&manifest.NamespaceError{Name: "app"}),
		"manifest.OtherNamespaceError": hasHint(&manifest.OtherNamespaceError{File: "app.yaml", Name: "app",
			Namespace: "team-b", Working: "team-a"}),
		"manifest.ErrSplice":    hasHint(manifest.ErrSplice),
		"manifest.errHead":      noHint(place),
		"manifest.errItems":     noHint(place),
		"manifest.errKubectl":   noHint(place),
		"manifest.errLeadsOut":  noHint(says),
		"manifest.errNoRegular": noHint(says),
		"manifest.errNoSecret":  noHint(place),
		"manifest.errNotUTF16":  noHint(says),
		"manifest.errNotUTF8":   noHint(place),
		"manifest.errPlace":     noHint(place),
		"manifest.errTooFine":   noHint(says),
		"manifest.errTooLarge":  noHint(place),
		"manifest.ErrTooMany":   hasHint(manifest.ErrTooMany),
		"manifest.ErrTooMuch":   hasHint(manifest.ErrTooMuch),
		"manifest.errZero":      noHint(says),
		"sealed.AnnotationError": hasHint(&sealed.AnnotationError{Annotation: sealed.ScopeAnnotation,
			Err: errors.New(`unknown scope "strikt"`)}),
		"sealed.PlainTypeError": hasHint(sealed.CheckType(sealed.PlainTypes()[0])),
		"sealed.PlaintextInMetadataError": hasHint(&sealed.PlaintextInMetadataError{Field: "annotation", Name: "note",
			Entry: "token"},
			&sealed.PlaintextInMetadataError{Field: "label", Name: "note", Entry: "token"}),
		"sealed.TimeError": noHint("the annotation that has it has the hint, and a flag says what it takes",
			&sealed.TimeError{Text: "tomorrow"}),
		"sealed.errUnreadableCopy": noHint("verify names the annotation"),
	}
}
