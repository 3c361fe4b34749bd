package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// A server may write an audit line after it has answered: a log that has not grown
// for settleTime is taken for complete.
const (
	settleTime    = 250 * time.Millisecond
	settleTimeout = 10 * time.Second
)

// auditLog is a growing file of JSON lines.
type auditLog struct {
	path   string
	offset int64 // up to here it has been read
}

// settled returns what has been written since it was called last.
func (l *auditLog) settled(ctx context.Context) ([]byte, error) {
	deadline := time.Now().Add(settleTimeout)
	for size := int64(-1); ; {
		info, err := os.Stat(l.path)
		switch {
		case err != nil:
			return nil, err
		case info.Size() == size:
			return l.read()
		case time.Now().After(deadline):
			return nil, fmt.Errorf("audit log %s does not stop growing: something else uses the stack", l.path)
		}
		size = info.Size()
		select {
		case <-time.After(settleTime):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (l *auditLog) read() ([]byte, error) {
	content, err := os.ReadFile(l.path)
	if err != nil {
		return nil, err
	}
	if int64(len(content)) < l.offset {
		return nil, fmt.Errorf("audit log %s was replaced", l.path)
	}
	added := content[l.offset:]
	l.offset = int64(len(content))
	return added, nil
}

// kubeRequests lists the requests of one client, as "get secrets".
func kubeRequests(lines []byte, agent string) ([]string, error) {
	var requests []string
	for line := range bytes.Lines(lines) {
		var event struct {
			Stage     string `json:"stage"`
			Verb      string `json:"verb"`
			UserAgent string `json:"userAgent"`
			ObjectRef struct {
				Resource    string `json:"resource"`
				Subresource string `json:"subresource"`
			} `json:"objectRef"`
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("kubernetes audit log: %w", err)
		}
		if event.Stage != "ResponseComplete" || !strings.HasPrefix(event.UserAgent, agent) {
			continue
		}
		resource := event.ObjectRef.Resource
		if event.ObjectRef.Subresource != "" {
			resource += "/" + event.ObjectRef.Subresource
		}
		requests = append(requests, event.Verb+" "+resource)
	}
	return requests, nil
}

// vaultRequests lists the requests of one client, as "update transit/decrypt/NAME",
// and counts the connections they came over.
func vaultRequests(lines []byte, agent string) (requests []string, connections int, err error) {
	ports := map[int]bool{}
	for line := range bytes.Lines(lines) {
		var event struct {
			Type    string `json:"type"`
			Request struct {
				Operation  string              `json:"operation"`
				Path       string              `json:"path"`
				RemotePort int                 `json:"remote_port"`
				Headers    map[string][]string `json:"headers"`
			} `json:"request"`
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, 0, fmt.Errorf("vault audit log: %w", err)
		}
		sender := strings.Join(event.Request.Headers["user-agent"], " ")
		if event.Type != "request" || !strings.HasPrefix(sender, agent) {
			continue
		}
		requests = append(requests, event.Request.Operation+" "+event.Request.Path)
		ports[event.Request.RemotePort] = true
	}
	return requests, len(ports), nil
}
