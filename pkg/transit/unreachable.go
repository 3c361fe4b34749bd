package transit

import (
	"fmt"
	"time"
)

// NoAnswer tells why Vault's answer is missing.
type NoAnswer int

// The reasons.
const (
	AnswerLost   NoAnswer = iota // the connection ended before the answer
	NotReached                   // no connection, or no answer within the time limit
	NotTLS                       // the server at the address does not speak TLS
	BehindServer                 // a server in front of Vault answers that it cannot reach it
	Redirected                   // the server redirects, and redirects are not followed
	NoActiveNode                 // Vault answers that no node of its cluster is active
)

// UnreachableError is the lack of an answer of Vault.
type UnreachableError struct {
	Op           string
	Address      string
	Proxy        string // the proxy on the way, empty: none
	AmbientProxy string // the variable that names a proxy, which is not used for Vault; empty: none
	Reason       NoAnswer
	Detail       string        // the reason in words
	Err          error         // what the network said; nil when Detail says it all
	Waited       time.Duration // for how long the request was sent again

	answered  bool // a server did answer, with a status that says that it cannot serve this request now
	reached   bool // the request may have been carried out
	late      bool // the time limit of an attempt passed
	standby   bool // a standby redirects to the active node
	unwritten bool // the connection ended while the request was being sent
}

func (e *UnreachableError) Error() string {
	reason := e.Detail
	if e.Err != nil {
		reason += e.Err.Error()
	}
	reason += triedFor(" (%s)", e.Waited)
	if e.Proxy != "" {
		reason = "through the proxy " + e.Proxy + ": " + reason
	}
	return fmt.Sprintf("%s: %s at %s: %s", e.Op, ErrUnreachable, e.Address, reason)
}

// Unwrap returns ErrUnreachable and what the network said.
func (e *UnreachableError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrUnreachable}
	}
	return []error{ErrUnreachable, e.Err}
}
