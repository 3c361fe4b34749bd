package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"time"
)

// vaultRule makes a rule for a proxy before Vault:
//
//	pass                       forwards everything
//	fail-after PATTERN         forwards, and answers 502 where Vault had succeeded
//	clock DURATION             answers as a Vault whose clock is ahead by that
//	fail-instead PATTERN       answers 502 and forwards nothing
//	fail-first COUNT PATTERN   the same for the first COUNT requests that match
//	lag COUNT PATTERN          answers the first COUNT rewraps with the ciphertexts sent, as a standby that lags
//	redirect ADDRESS PATTERN   answers 307 to the same path there, as a standby that cannot forward
//	move ADDRESS PATTERN       answers 308 to the same path there
//	body-limit BYTES           answers 413 with a page, as nginx does, to a larger request, and closes the connection
//	hang-up BYTES              closes the connection on a larger request, unread
//	delay DURATION PATTERN     lets the first request that matches wait
func vaultRule(name string, args []string) (rule, error) {
	makers := map[string]struct {
		args int
		make func(args []string, matches func(*http.Request) bool) (rule, error)
	}{
		"pass":         {0, func([]string, func(*http.Request) bool) (rule, error) { return pass, nil }},
		"fail-after":   {1, failAfter},
		"fail-instead": {1, failInstead},
		"clock":        {1, otherClock},
		"fail-first":   {2, failFirst},
		"lag":          {2, lag},
		"redirect":     {2, redirect(http.StatusTemporaryRedirect)},
		"move":         {2, redirect(http.StatusPermanentRedirect)},
		"body-limit":   {1, bodyLimit},
		"hang-up":      {1, hangUp},
		"delay":        {2, delay},
	}
	maker, found := makers[name]
	if !found || len(args) != maker.args {
		return nil, fmt.Errorf("no such rule: %s with %d arguments", name, len(args))
	}
	if maker.args == 0 || name == "body-limit" || name == "hang-up" {
		return maker.make(args, nil)
	}
	matches, err := pattern(args[len(args)-1])
	if err != nil {
		return nil, err
	}
	return maker.make(args, matches)
}

func failAfter(_ []string, matches func(*http.Request) bool) (rule, error) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !matches(r) {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if answer.Code < http.StatusMultipleChoices {
			answer.Code = http.StatusBadGateway
		}
		w.WriteHeader(answer.Code)
	}, nil
}

func failInstead(_ []string, matches func(*http.Request) bool) (rule, error) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if matches(r) {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		next.ServeHTTP(w, r)
	}, nil
}

func failFirst(args []string, matches func(*http.Request) bool) (rule, error) {
	count, err := strconv.Atoi(args[0])
	if err != nil {
		return nil, err
	}
	var left atomic.Int64
	left.Store(int64(count))
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if matches(r) && left.Add(-1) >= 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		next.ServeHTTP(w, r)
	}, nil
}

func redirect(status int) func(args []string, matches func(*http.Request) bool) (rule, error) {
	return func(args []string, matches func(*http.Request) bool) (rule, error) {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if matches(r) {
				http.Redirect(w, r, args[0]+r.RequestURI, status)
				return
			}
			next.ServeHTTP(w, r)
		}, nil
	}
}

func delay(args []string, matches func(*http.Request) bool) (rule, error) {
	duration, err := time.ParseDuration(args[0])
	if err != nil {
		return nil, err
	}
	var done atomic.Bool
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if matches(r) && done.CompareAndSwap(false, true) {
			time.Sleep(duration)
		}
		next.ServeHTTP(w, r)
	}, nil
}

func lag(args []string, matches func(*http.Request) bool) (rule, error) {
	count, err := strconv.Atoi(args[0])
	if err != nil {
		return nil, err
	}
	var left atomic.Int64
	left.Store(int64(count))
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if matches(r) && left.Add(-1) >= 0 {
			answerAsSent(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}, nil
}

// answerAsSent answers a rewrap with what it was sent: an old version still.
func answerAsSent(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		Input []struct {
			Ciphertext string `json:"ciphertext"`
			Reference  string `json:"reference"`
		} `json:"batch_input"`
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(body)).Decode(&sent)
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = w.Write(mustJSON(map[string]any{"data": map[string]any{"batch_results": sent.Input}}))
}
