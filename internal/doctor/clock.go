package doctor

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	// tolerable is the most that clocks may differ without a warning.
	tolerable = 5 * time.Second
	// decisive is the least difference that explains why a token or a certificate is not accepted.
	decisive = time.Minute
)

// ClockReading is a server's time, as its Date header says it in whole seconds, between two readings of this machine's
// clock.
type ClockReading struct{ Sent, Date, Received time.Time }

// ahead returns the least by which the server's clock is ahead of this machine's; negative: behind; 0: they may agree.
// The time of the request and the seconds of the header are allowed for, so a slow network is no difference.
func (r ClockReading) ahead() time.Duration {
	if r.Date.IsZero() {
		return 0
	}
	if ahead := r.Date.Sub(r.Received); ahead > tolerable {
		return ahead.Truncate(time.Second)
	}
	if behind := r.Sent.Sub(r.Date.Add(time.Second)); behind > tolerable {
		return -behind.Truncate(time.Second)
	}
	return 0
}

// ClockRecorder reads the API server's time from its answers.
type ClockRecorder struct {
	Now func() time.Time

	mu      sync.Mutex
	reading ClockReading // the first
}

// Wrap makes a transport whose answers are read.
func (c *ClockRecorder) Wrap(next http.RoundTripper) http.RoundTripper { return &recording{c, next} }

type recording struct {
	recorder *ClockRecorder
	next     http.RoundTripper
}

// WrappedRoundTripper lets client-go see the settings of the transport.
func (r *recording) WrappedRoundTripper() http.RoundTripper { return r.next }

func (r *recording) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := r.recorder.Now()
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return response, err
	}
	received := r.recorder.Now()
	r.recorder.mu.Lock()
	defer r.recorder.mu.Unlock()
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil && r.recorder.reading.Date.IsZero() {
		r.recorder.reading = ClockReading{Sent: sent, Date: date, Received: received}
	}
	return response, nil
}

func (c *ClockRecorder) read() ClockReading {
	if c == nil {
		return ClockReading{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reading
}

// clock compares the clocks of this machine, the API server and Vault, by the headers of answers that are there.
func (e *examination) clock(context.Context) finding {
	kubernetes := e.cluster.Clock.read()
	switch {
	case kubernetes.Date.IsZero() && e.vaultClock.Date.IsZero():
		return notMade(anAPIServer)
	case e.vaultClock.Date.IsZero():
		return compareClocks(kubernetes.ahead(), "the API server")
	case kubernetes.Date.IsZero():
		return compareClocks(e.vaultClock.ahead(), "Vault")
	}
	byKubernetes, byVault := kubernetes.ahead(), e.vaultClock.ahead()
	if byKubernetes == 0 && byVault == 0 {
		return ok("this machine, the API server and Vault agree")
	}
	if apart := (byKubernetes - byVault).Abs(); byKubernetes != 0 && byVault != 0 && apart <= tolerable {
		return failedClocks(&ClockError{Whose: "this machine", Ahead: -byVault, Others: "the API server and Vault"})
	}
	const here = "this machine"
	var found []*ClockError
	if byKubernetes != 0 {
		found = append(found, &ClockError{Whose: "the API server", Ahead: byKubernetes, Others: here})
	}
	if byVault != 0 {
		found = append(found, &ClockError{Whose: "Vault", Ahead: byVault, Others: here})
	}
	if len(found) == 1 && byKubernetes == 0 {
		found[0].Others = "this machine and the API server"
	} else if len(found) == 1 {
		found[0].Others = "this machine and Vault"
	}
	return failedClocks(found...)
}

// compareClocks is about one server. It is not known whose clock is wrong.
func compareClocks(ahead time.Duration, server string) finding {
	if ahead == 0 {
		return ok("this machine and %s agree", word(server))
	}
	return failedClocks(&ClockError{Whose: server, Ahead: ahead, Others: "this machine"})
}

// failedClocks is a warning: commands work until a token or a certificate is not valid at the same time everywhere.
func failedClocks(problems ...*ClockError) finding {
	found := finding{status: Warning}
	for n, problem := range problems {
		if n > 0 {
			found.say("; ")
		}
		found.say("%v", problem)
		found.problems = append(found.problems, problem)
	}
	return found
}

// ClockError reports a clock that differs from others.
type ClockError struct {
	Whose  string        // "this machine", "the API server" or "Vault"
	Ahead  time.Duration // the least by which it is ahead; negative: behind
	Others string
}

func (e *ClockError) Error() string { return e.phrase().String() }

func (e *ClockError) phrase() phrase {
	relation := word("ahead of")
	if e.Ahead < 0 {
		relation = "behind"
	}
	return say("the clock of %s is at least %s %s that of %s", word(e.Whose), e.Ahead.Abs(), relation, word(e.Others))
}

// explains reports whether the difference is large enough for tokens and certificates to be refused.
func (e *ClockError) explains() bool { return e.Ahead.Abs() >= decisive }
