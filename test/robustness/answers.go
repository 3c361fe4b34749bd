package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

func durationOf(nanoseconds int64) time.Duration { return time.Duration(nanoseconds) }

// errNoClaim says that a command claims nothing about the Secret: an edit has changed nothing, because the entry to
// change was not there, or verify could not read an entry.
var errNoClaim = errors.New("no claim")

// read takes what a command says when it has ended well: the Secret that it has stored, or what an operation has seen.
func read(op *history.Operation, stdout string) (*corev1.Secret, error) {
	switch {
	case op.Kind == history.View:
		return nil, readView(op, stdout)
	case op.Kind == history.Verify:
		return nil, readVerification(op, stdout)
	case op.Kind.Rotates():
		return nil, readRotation(op, stdout)
	}
	if op.Kind == history.Edit && strings.TrimSpace(stdout) == "" {
		return nil, errNoClaim
	}
	stored := &corev1.Secret{}
	if err := json.Unmarshal([]byte(stdout), stored); err != nil {
		return nil, err
	}
	if stored.UID == "" {
		return nil, errors.New("the Secret has no UID")
	}
	return stored, nil
}

func readView(op *history.Operation, stdout string) error {
	op.Result = &history.State{Entries: map[string]history.Entry{}}
	if op.Entry != "" {
		op.Result.Entries[op.Entry] = history.Entry{Value: canonical(op.Entry, stdout)}
		return nil
	}
	var plain corev1.Secret
	if err := json.Unmarshal([]byte(stdout), &plain); err != nil {
		return err
	}
	for name, text := range plain.Data {
		op.Result.Entries[name] = history.Entry{Value: canonical(name, string(text))}
	}
	for name, text := range plain.StringData {
		op.Result.Entries[name] = history.Entry{Value: canonical(name, text)}
	}
	return nil
}

// readVerification takes a report of one Secret.
func readVerification(op *history.Operation, stdout string) error {
	var report struct {
		Summary struct {
			Entries int `json:"entries"`
		} `json:"summary"`
		Keys []struct {
			LatestVersion int `json:"latestVersion"`
		} `json:"keys"`
		Findings []struct {
			Entry, Status, Reason  string
			Version, LatestVersion int
		} `json:"findings"`
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		return err
	}
	if len(report.Keys) != 1 {
		return fmt.Errorf("%d transit keys", len(report.Keys))
	}
	v := &history.Verified{Entries: report.Summary.Entries, Latest: report.Keys[0].LatestVersion,
		Stale: map[string]int{}, Broken: map[string]string{}}
	for _, f := range report.Findings {
		if f.Status == "stale" && f.Version < f.LatestVersion {
			v.Stale[f.Entry] = f.Version
			continue
		}
		if f.Status == "unreadable" { // such as a version that was retired after verify had read the Secret
			return errNoClaim
		}
		v.Broken[f.Entry] = f.Status + ": " + f.Reason
	}
	op.Verified = v
	return nil
}

func readRotation(op *history.Operation, stdout string) error {
	var report struct {
		Keys []struct {
			TransitKey string `json:"transitKey"`
			ToVersion  int    `json:"toVersion"`
		} `json:"keys"`
		Secrets []struct {
			Namespace, Name, Status, Reason string
		} `json:"secrets"`
		Summary struct {
			Rewrapped int `json:"rewrapped"`
		} `json:"summary"`
		Retirements []struct {
			TransitKey string `json:"transitKey"`
			Retired    bool   `json:"retired"`
			ToVersion  int    `json:"toVersion"`
		} `json:"retirements"`
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		return err
	}
	r := &history.Rotation{Targets: map[string]int{}, Left: map[string]string{}, Rewrapped: report.Summary.Rewrapped,
		Retired: map[string]int{}}
	for _, key := range report.Keys {
		r.Targets[namespaceOfKey(key.TransitKey)] = key.ToVersion
	}
	for _, s := range report.Secrets {
		if s.Status != "rewrapped" && s.Status != "current" {
			r.Left[s.Namespace+"/"+s.Name] = s.Status + ": " + s.Reason
		}
	}
	for _, key := range report.Retirements {
		if key.Retired {
			r.Retired[namespaceOfKey(key.TransitKey)] = key.ToVersion
		}
	}
	op.Rotation = r
	return nil
}

func namespaceOfKey(key string) string {
	return strings.TrimSuffix(strings.TrimPrefix(key, "transit/"), keyOf(""))
}

// seenOf sets what an edit was shown.
func seenOf(op *history.Operation, text []byte) {
	if op.Entry != "" {
		op.Seen = map[string]string{op.Entry: string(text)}
		return
	}
	all := map[string]string{}
	if yaml.Unmarshal(text, &all) == nil {
		op.Seen = map[string]string{}
		for name := range op.Values {
			op.Seen[name] = all[name]
		}
	}
}

// fields is a document with one field.
func fields(name, value string) string { return string(mustJSON(map[string]string{name: value})) }

// canonical is a value in the one form that histories have: the layout of a document says nothing.
func canonical(entry, text string) string {
	object := map[string]string{}
	if entry != document || json.Unmarshal([]byte(text), &object) != nil {
		return text
	}
	return string(mustJSON(maps.Clone(object)))
}

// mustJSON is for values that always marshal.
func mustJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
