package retirement

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// versions are a key's versions as Vault has answered with, or an attempt at changing them without such an answer.
type versions struct {
	asked, answered time.Time // Vault changed them in between; answered is zero: not known
	rotates         bool      // the call was to make a version
	latest, minimum int       // after it; 0: not known
}

// auditLine is what is read of a line of Vault's audit log.
type auditLine struct {
	Time    time.Time `json:"time"`
	Type    string    `json:"type"`
	Error   string    `json:"error"`
	Request struct {
		ID        string `json:"id"`
		Operation string `json:"operation"`
		Path      string `json:"path"`
	} `json:"request"`
	Response struct {
		Data struct {
			Latest  int    `json:"latest_version"`
			Minimum int    `json:"min_decryption_version"`
			Error   string `json:"error"`
		} `json:"data"`
	} `json:"response"`
}

// readVersions reads all calls from Vault's audit logs that change a key, MOUNT/NAME, in the order of their answers.
// Those without an answer are among them, and those that were refused are not.
func readVersions(key string, logs ...string) ([]versions, error) {
	slash := strings.LastIndex(key, "/")
	if slash < 0 {
		return nil, fmt.Errorf("transit key %s has no mount", key)
	}
	path := key[:slash] + "/keys" + key[slash:]
	calls := map[string]*versions{}
	for _, log := range logs {
		if err := readAudit(log, path, calls); err != nil {
			return nil, err
		}
	}
	all := make([]versions, 0, len(calls))
	for _, each := range calls {
		all = append(all, *each)
	}
	slices.SortFunc(all, func(a, b versions) int { return a.last().Compare(b.last()) })
	return all, nil
}

// last is when it is known to be done, or was asked for.
func (v versions) last() time.Time {
	if v.answered.IsZero() {
		return v.asked
	}
	return v.answered
}

// readAudit adds the calls of one log that change the key with that path.
func readAudit(log, path string, calls map[string]*versions) error {
	file, err := os.Open(log)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewReader(file)
	for {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) { // a last line without an end is not whole
			return nil
		}
		if err != nil {
			return err
		}
		if !bytes.Contains(text, []byte(`"`+path)) {
			continue
		}
		var line auditLine
		if err := json.Unmarshal(text, &line); err != nil {
			return fmt.Errorf("%s: %w", log, err)
		}
		line.add(path, calls)
	}
}

func (l auditLine) add(path string, calls map[string]*versions) {
	action, ofKey := strings.CutPrefix(l.Request.Path, path)
	if !ofKey || l.Request.Operation == "read" || action != "" && action != "/rotate" && action != "/config" {
		return
	}
	call := calls[l.Request.ID]
	if call == nil {
		call = &versions{asked: l.Time, rotates: action != "/config"}
		calls[l.Request.ID] = call
	}
	switch data := l.Response.Data; {
	case l.Type != "response":
	case data.Latest > 0:
		call.answered, call.latest, call.minimum = l.Time, data.Latest, data.Minimum
	case data.Error != "" || strings.Contains(l.Error, "permission denied"): // Transit, or Vault before it, refused it
		delete(calls, l.Request.ID)
	}
}

// Moments tells which writes of etcd were done at a time.
type Moments interface {
	DoneBefore(at time.Time) int64
	NotDoneAt(at time.Time) int64
}

// Rises reads the rises of a key, MOUNT/NAME, from Vault's audit logs.
func Rises(key string, when Moments, logs ...string) ([]Rise, error) {
	calls, err := readVersions(key, logs...)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(calls, func(v versions) bool { return v.latest > 0 }) {
		return nil, fmt.Errorf("the audit log has nothing about transit key %s", key)
	}
	return rises(calls, when), nil
}

func rises(calls []versions, when Moments) []Rise {
	var all []Rise
	minimum := 1
	for i, call := range calls {
		if call.latest == 0 {
			continue
		}
		before := minimum
		minimum = call.minimum
		if call.rotates || minimum <= before {
			continue
		}
		all = append(all, Rise{
			Version: minimum,
			Since:   when.DoneBefore(madeAfter(calls, minimum)),
			Until:   when.NotDoneAt(call.answered),
			Lowered: slices.ContainsFunc(calls[i+1:], func(later versions) bool {
				return !later.rotates && later.minimum < minimum // 0: not known
			}),
		})
	}
	return all
}

// madeAfter is a time before the key had a version.
func madeAfter(calls []versions, version int) time.Time {
	var without, made time.Time
	for _, call := range calls {
		switch {
		case call.latest > 0 && call.latest < version:
			without = latest(without, call.asked)
		case call.rotates && (made.IsZero() || call.asked.Before(made)) && !call.asked.Before(without):
			made = call.asked
		}
	}
	return latest(without, made)
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
