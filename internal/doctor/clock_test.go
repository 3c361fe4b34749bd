package doctor

import (
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestClockReading(t *testing.T) {
	at := func(seconds float64) time.Time { return today.Add(time.Duration(seconds * float64(time.Second))) }
	for name, c := range map[string]struct {
		sent, date, received float64
		want                 time.Duration
	}{
		"equal":                          {0, 0, 0.1, 0},
		"the second before":              {0.9, 0, 1, 0},
		"a slow answer":                  {0, 29, 30, 0},
		"a slow answer, from its start":  {0, 0, 30, 0},
		"five seconds ahead":             {0, 5, 0, 0},
		"six seconds ahead":              {0, 6, 0, 6 * time.Second},
		"ahead of the end of the answer": {0, 40, 30, 10 * time.Second},
		"six behind, by the second":      {6, 0, 7, 0},
		"seven behind":                   {7, 0, 7, -6 * time.Second},
		"an hour behind":                 {3600, 0, 3601, -3599 * time.Second},
	} {
		reading := ClockReading{Sent: at(c.sent), Date: at(c.date), Received: at(c.received)}
		if got := reading.ahead(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if got := (ClockReading{Sent: today, Received: today}).ahead(); got != 0 {
		t.Errorf("without a date: %s", got)
	}
}

func TestClocks(t *testing.T) {
	for name, c := range map[string]struct {
		kubernetes, vault time.Duration // ahead of this machine
		want              Status
		says              string
	}{
		"all agree":           {0, 2 * time.Second, OK, "this machine, the API server and Vault agree"},
		"this machine behind": {90 * time.Second, 91 * time.Second, Warning, "the clock of this machine is at least 1m31s behind that of the API server and Vault"},
		"this machine ahead":  {-90 * time.Second, -90 * time.Second, Warning, "the clock of this machine is at least 1m29s ahead of that of the API server and Vault"},
		"Vault":               {0, 20 * time.Second, Warning, "the clock of Vault is at least 20s ahead of that of this machine and the API server"},
		"the API server":      {-20 * time.Second, 0, Warning, "the clock of the API server is at least 19s behind that of this machine and Vault"},
		"both": {20 * time.Second, -20 * time.Second, Warning, "the clock of the API server is at least 20s ahead of that of this machine; " +
			"the clock of Vault is at least 19s behind that of this machine"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined()
			x.clock = today.Add(c.kubernetes)
			x.vault.health.Date = today.Add(c.vault)
			check := x.checks(t)[Clock]
			if check.Status != c.want || check.Summary != c.says {
				t.Errorf("%s: %s, want %s", check.Status, check.Summary, c.says)
			}
		})
	}
}

// TestClockExplainsACertificate: the clock is the cause of a certificate that is not valid now.
func TestClockExplainsACertificate(t *testing.T) {
	x := newExamined()
	x.clock = today.Add(48 * time.Hour)
	x.vault.peer.Rejected = &transit.CertificateError{
		NotBefore: today.Add(time.Hour), NotAfter: today.Add(99 * time.Hour),
		Err: x509.CertificateInvalidError{Reason: x509.Expired}}
	diagnosis, err := x.run(t)
	if err != nil || diagnosis.FirstCause != Clock {
		t.Errorf("first is %s, %v", diagnosis.FirstCause, err)
	}
	contains(t, x.checks(t)[Clock].Summary, "the clock of the API server is at least 48h0m0s ahead of that of this machine")
	x.clock = today.Add(10 * time.Second)
	if diagnosis, err = x.run(t); err != nil || diagnosis.FirstCause != VaultCertificate {
		t.Errorf("ten seconds explain nothing, first is %s, %v", diagnosis.FirstCause, err)
	}
}

// answers is a transport with an answer.
type answers string

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Date": {string(a)}},
		Body: io.NopCloser(strings.NewReader(""))}, nil
}

func TestClockRecorder(t *testing.T) {
	recorder := &ClockRecorder{Now: func() time.Time { return today }}
	for _, date := range []answers{"", "yesterday", "Tue, 24 Nov 2026 12:00:07 GMT", "Tue, 24 Nov 2026 13:00:00 GMT"} {
		request, _ := http.NewRequest(http.MethodGet, "https://kubernetes.example", http.NoBody)
		response, err := recorder.Wrap(date).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	if got := recorder.read().ahead(); got != 7*time.Second {
		t.Errorf("%s ahead", got)
	}
}
