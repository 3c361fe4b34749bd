package transit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

// lockedWords are Vault's for a namespace that an administrator has locked.
const lockedWords = "has been locked by an administrator"

// maxDetail bounds, in bytes, what is kept of Vault's words.
const maxDetail = 400

// refusal turns an answer that is not a success into an error.
func (r *request) refusal(a *answer) error {
	if err := r.tooLarge(a); err != nil {
		return err
	}
	messages, ok := a.messages()
	detail := fmt.Sprintf("%d", a.status)
	switch {
	case !ok:
		// A gateway's page may show the request, so the error does not quote it.
		detail += " with a body that is not vault's"
	case len(messages) > 0:
		detail += ": " + clean(strings.Join(messages, "; "), r.secrets())
	}
	kind := classify(r.login, a.status, messages)
	switch why := r.failureOf(a, nil); {
	case why == inactive:
		return r.unserved(a, NoActiveNode, detail)
	case why == limited:
		return r.rateLimited(detail, a.asked)
	case errors.Is(kind, ErrUnreachable):
		return r.unserved(a, BehindServer, detail)
	}
	return r.refused(kind, detail+triedFor("; %s", a.waited))
}

// refused is the refusal with all that is known of the request.
func (r *request) refused(kind error, detail string) *RefusedError {
	e := &RefusedError{Op: r.op, Kind: kind, Detail: detail, Path: r.path, Capability: r.capability(), Key: r.key}
	if r.login {
		e.AuthMount, e.Role = strings.TrimSuffix(strings.TrimPrefix(r.path, "auth/"), "/login"), r.role
	}
	return e
}

// unserved is an answer that says that Vault cannot serve the request now.
func (r *request) unserved(a *answer, reason NoAnswer, detail string) error {
	return &UnreachableError{
		Op: r.op, Address: a.from, Reason: reason, Detail: "it answered " + detail,
		Waited: a.waited, reached: true, answered: reason == BehindServer,
	}
}

// rateLimited says that a quota refused the request, and for how long Vault asks to wait; 0: it does not say.
func (r *request) rateLimited(detail string, asked time.Duration) error {
	asked = asked.Round(time.Second)
	if asked > 0 {
		detail += fmt.Sprintf("; it asks to wait %s", asked)
	}
	refused := r.refused(ErrRateLimited, strings.TrimPrefix(detail, "; "))
	refused.RetryAfter = asked
	return refused
}

// refusedItem turns the error of one item of a batch into an error.
func (r *request) refusedItem(message string) error {
	kind := classify(false, http.StatusOK, []string{message})
	detail := clean(message, r.secrets())
	if errors.Is(kind, ErrContextRequired) || errors.Is(kind, ErrVersionRetired) {
		detail = "" // the kind says it in fewer words
	}
	return r.refused(kind, detail)
}

// classify maps Vault's statuses and words to a sentinel, or nil (tried on 1.21). Nothing else knows them. The status
// is 200 for the error of one item of a batch.
func classify(login bool, status int, messages []string) error {
	text := strings.ToLower(strings.Join(messages, "\n"))
	says := func(words string) bool { return strings.Contains(text, words) }
	switch {
	case says("vault is sealed"), says("vault is not initialized"), status >= 500 && says("core is sealed"):
		return ErrSealed
	case status >= 500 && says(lockedWords):
		return ErrDenied
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case login && status >= 400 && status < 500:
		return ErrUnauthenticated
	case status == http.StatusUnauthorized, status == http.StatusForbidden && saysInvalidToken(messages):
		return ErrUnauthenticated
	case status == http.StatusForbidden:
		return ErrDenied
	case status == http.StatusNotFound, says("key not found"), says("no handler for route"):
		return ErrKeyNotFound
	case says("version is too new"):
		return ErrVersionTooNew
	case says("disallowed by policy (too old)"):
		return ErrVersionRetired
	case says("missing 'context' for key derivation"):
		return ErrContextRequired
	case says("message authentication failed"):
		return ErrUnauthentic
	case says("invalid ciphertext"):
		return ErrTampered
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return ErrUnreachable
	}
	return nil
}

// saysInvalidToken distinguishes a token that is expired, revoked or unknown from a denial. Both are a 403 with
// "permission denied"; for such a token Vault adds "invalid token" (tried on 1.21).
func saysInvalidToken(messages []string) bool {
	return strings.Contains(strings.Join(messages, "\n"), "invalid token")
}

// messages returns Vault's words; false when the body is not an answer of Vault's.
func (a *answer) messages() ([]string, bool) {
	var body struct {
		Errors []string `json:"errors"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, len(a.body) == 0
	}
	return body.Errors, true
}

// clean makes one short printable line of Vault's words, without secrets.
func clean(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[redacted]")
		}
	}
	line := printable.Line(strings.Join(strings.Fields(text), " "))
	if len(line) > maxDetail {
		line = strings.ToValidUTF8(line[:maxDetail], "") + "..."
	}
	return line
}

func (r *request) capability() string {
	if r.method == http.MethodGet {
		return "read"
	}
	return "update"
}
