package transit

import (
	"errors"
	"net"
	"net/http"
	"strings"
)

// failure is why a request was not served, for the decision to send it again.
type failure int

const (
	none        failure = iota // served, or refused for good
	lagging                    // 412: the node has not yet got what this client has seen; it has not acted
	limited                    // 429: a quota; Vault has not acted
	inactive                   // the node says that it is not the active one
	sealed                     // the node is sealed
	faltering                  // 500 with the words of a node that is losing its leadership: it may have acted
	gateway                    // 502, 503 or 504: Vault may have acted
	lost                       // the connection was lost while the request was with Vault
	cut                        // the connection was accepted and closed before the request was sent
	unconnected                // there was no connection
	late                       // a connection stood, and no answer came in time
	lateConnect                // no connection within the time limit
)

// inactiveWords are those of a node that is not active (tried on 1.21, and from Vault's source). A node that cannot
// forward a request to the active node answers with a 307 or the second of these words, even when the active node was
// lost after it got the request. So Vault may have carried out such a request.
var inactiveWords = []string{
	"local node not active",                // 500: no active node is known
	"no active vault instance found",       // 503
	"node is not active",                   // 503
	"vault is in standby mode",             // of paths that do not forward
	"cannot forward request",               //
	"please forward to the active node",    // of a performance standby
	"active context canceled",              // 500: it steps down, and refused the request before it began
	"node is not in ha cluster membership", // 500: it was removed from the cluster
}

// falteringWords are those of a node that lost the leadership during the request.
var falteringWords = []string{
	"context canceled", "node is not the leader", "leadership lost", "leadership transfer in progress",
	"raft is already shutdown", "timed out enqueuing operation", "internal error",
}

func anyOf(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// failureOf says why r was not served, none where it was or was refused for good.
func (r *request) failureOf(a *answer, err error) failure {
	var unreachable *UnreachableError
	switch {
	case errors.As(err, &unreachable) && unreachable.standby && r.anyStatus:
		return none // it is not Vault's
	case errors.As(err, &unreachable):
		return unreachable.failure()
	case err != nil || a.status < 300 || r.anyStatus:
		return none
	}
	messages, _ := a.messages()
	text := strings.Join(messages, "\n")
	switch {
	case errors.Is(classify(false, a.status, messages), ErrSealed):
		return sealed
	case a.status == http.StatusPreconditionFailed:
		return lagging
	case a.status == http.StatusTooManyRequests:
		return limited
	case a.status < 500, anyOf(text, []string{lockedWords}):
		return none
	case anyOf(text, inactiveWords):
		return inactive
	case a.status == http.StatusInternalServerError && anyOf(text, falteringWords):
		return faltering
	case a.status >= http.StatusBadGateway && a.status <= http.StatusGatewayTimeout:
		return gateway
	}
	return none
}

func (e *UnreachableError) failure() failure {
	var refused *ProxyError
	switch {
	case errors.As(e.Err, &refused) && refused.Status != 0:
		if refused.unavailable() {
			return unconnected
		}
		return none
	case e.standby:
		return inactive
	case e.late && e.reached:
		return late
	case e.late:
		return lateConnect
	case e.reached && ConnectionLost(e.Err):
		return lost
	case e.reached:
		return none // another redirect
	case ConnectionLost(e.Err):
		return cut
	case connectFailed(e.Err):
		return unconnected
	}
	return none
}

// connectFailed distinguishes a failure to connect from a TLS handshake that one side rejected.
func connectFailed(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op != "remote error" && op.Op != "local error"
}

// otherNodeMayServe reports whether another connection may reach a node that serves.
func (f failure) otherNodeMayServe() bool {
	switch f {
	case inactive, sealed, faltering, lost, late:
		return true
	}
	return false
}

// waitingFor says what a request waits for, for the user.
func (f failure) waitingFor() string {
	switch f {
	case lagging:
		return "a standby lags behind"
	case limited:
		return "rate limit"
	case inactive:
		return "no active node"
	case sealed:
		return "it is sealed"
	case faltering:
		return "it is failing over"
	case gateway:
		return "a gateway in front of it reports an error"
	case lost, cut:
		return "the connection was lost"
	case unconnected, lateConnect:
		return "cannot connect"
	case late:
		return "no answer"
	}
	return ""
}
