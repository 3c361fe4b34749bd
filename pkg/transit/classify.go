package transit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

// lockedWords are Vault's for a namespace that an administrator has locked.
const lockedWords = "has been locked by an administrator"

// maxDetail bounds, in bytes, what is kept of Vault's words.
const maxDetail = 400

// refusal turns an answer that is no success into an error.
func (r *request) refusal(a *answer) error {
	if err := r.tooLarge(a); err != nil {
		return err
	}
	messages, ok := a.messages()
	detail := fmt.Sprintf("%d", a.status)
	switch {
	case !ok:
		// Not Vault's own: a gateway's page, which might show the request. Its words are left out.
		detail += " with a body that is not vault's"
	case len(messages) > 0:
		detail += ": " + clean(strings.Join(messages, "; "), r.secrets())
	}
	kind := classify(r.login, a.status, messages)
	switch why := r.failureOf(a, nil); {
	case why == inactive:
		return &unreachableError{op: r.op, address: a.from, reached: true, waited: a.waited, reason: "it answered " + detail, hint: inactiveHint}
	case why == limited:
		return r.rateLimited(detail, a.asked)
	case errors.Is(kind, ErrUnreachable):
		return &unreachableError{op: r.op, address: a.from, reached: true, answered: true, waited: a.waited, reason: "it answered " + detail, hint: "check the address (--vault-addr, VAULT_ADDR) and what stands before vault"}
	}
	return &answerError{op: r.op, kind: kind, detail: detail + triedFor("; %s", a.waited), hint: r.hint(kind)}
}

const inactiveHint = "no node of the Vault cluster is active: check its nodes with vault status and vault operator raft list-peers"

// rateLimited says that a quota refused the request, and for how long Vault asks to wait; 0: it does not say.
func (r *request) rateLimited(detail string, asked time.Duration) error {
	wait := "wait"
	if asked > 0 {
		asked = asked.Round(time.Second)
		wait = fmt.Sprintf("wait %s", asked)
		detail += fmt.Sprintf("; it asks to wait %s", asked)
	}
	return &answerError{
		op: r.op, kind: ErrRateLimited, detail: strings.TrimPrefix(detail, "; "),
		hint: wait + ", then run the command again; or raise the rate limit quota in Vault",
	}
}

// refusedItem turns the error of one item of a batch into an error.
func (r *request) refusedItem(message string) error {
	kind := classify(false, http.StatusOK, []string{message})
	detail := clean(message, r.secrets())
	if errors.Is(kind, ErrContextRequired) || errors.Is(kind, ErrVersionRetired) {
		detail = "" // the kind says it in fewer words
	}
	return &answerError{op: r.op, kind: kind, detail: detail, hint: r.hint(kind)}
}

// classify is the one place that knows Vault's statuses and words (tried on 1.21). It returns a sentinel or
// nil. Status is 200 for the error of one item of a batch.
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

// saysInvalidToken tells a token that is expired, revoked or unknown from a denial: both are a 403 that
// says "permission denied", and for such a token Vault adds "invalid token" (tried on 1.21).
func saysInvalidToken(messages []string) bool {
	return strings.Contains(strings.Join(messages, "\n"), "invalid token")
}

// messages returns Vault's words; false when the body is not an answer of Vault's.
func (a *answer) messages() ([]string, bool) {
	var body api.ErrorResponse
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, len(a.body) == 0
	}
	return body.Errors, true
}

// clean makes one short printable line of Vault's words and takes out what must not be shown.
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

// hint says what to do about a refusal.
func (r *request) hint(kind error) string {
	k := r.key
	switch kind {
	case ErrSealed: //nolint:errorlint // classify gives the sentinels themselves
		return "ask vault's operator to unseal it: vault operator unseal"
	case ErrUnauthenticated:
		if r.login {
			return "check --vault-role, --vault-auth-mount, --service-account and --audience against what the role is bound to: vault read " + strings.TrimSuffix(r.path, "login") + "role/" + printable.Word(r.role)
		}
		return "the vault token is expired, revoked or not this vault's"
	case ErrDenied:
		return fmt.Sprintf("the vault role's policy needs %q on %s; a missing key is answered the same way", r.capability(), r.path)
	case ErrKeyNotFound:
		return fmt.Sprintf("check the name, or create the key: vault write %s/keys/%s type=aes256-gcm96 derived=true", k.Mount, k.Name)
	case ErrVersionRetired:
		return fmt.Sprintf("lower min_decryption_version to open it, then rewrap: vault write %s/keys/%s/config min_decryption_version=N", k.Mount, k.Name)
	case ErrVersionTooNew:
		return "it was sealed with another key, or this vault was restored from an older backup"
	case ErrTampered, ErrUnauthentic:
		return "it was sealed with another transit key or for another place, or it was altered: seal it again where it is, or restore it"
	case ErrContextRequired:
		return "it was sealed unbound, or lost its scope annotation: seal it again, or restore it"
	}
	return ""
}

func (r *request) capability() string {
	if r.method == http.MethodGet {
		return "read"
	}
	return "update"
}
