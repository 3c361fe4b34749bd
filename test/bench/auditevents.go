package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// kubeEvent is a line of the API server's audit log.
type kubeEvent struct {
	Stage     string `json:"stage"`
	Verb      string `json:"verb"`
	UserAgent string `json:"userAgent"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
}

func parseKubeEvent(line []byte) (kubeEvent, error) {
	var event kubeEvent
	if err := json.Unmarshal(line, &event); err != nil {
		return event, fmt.Errorf("kubernetes audit log: %w", err)
	}
	return event, nil
}

// isRequestOf reports whether it is the one line of a request of this client.
func (e kubeEvent) isRequestOf(agent string) bool {
	return e.Stage == "ResponseComplete" && strings.HasPrefix(e.UserAgent, agent)
}

// String is "get secrets".
func (e kubeEvent) String() string {
	resource := e.ObjectRef.Resource
	if e.ObjectRef.Subresource != "" {
		resource += "/" + e.ObjectRef.Subresource
	}
	return e.Verb + " " + resource
}

// vaultEvent is a line of Vault's audit log: a request, or its response.
type vaultEvent struct {
	Type    string `json:"type"`
	Error   string `json:"error"`
	Request struct {
		Operation  string              `json:"operation"`
		Path       string              `json:"path"`
		RemotePort int                 `json:"remote_port"`
		Headers    map[string][]string `json:"headers"`
	} `json:"request"`
}

func parseVaultEvent(line []byte) (vaultEvent, error) {
	var event vaultEvent
	if err := json.Unmarshal(line, &event); err != nil {
		return event, fmt.Errorf("vault audit log: %w", err)
	}
	return event, nil
}

func (e vaultEvent) isOf(agent string) bool {
	return strings.HasPrefix(strings.Join(e.Request.Headers["user-agent"], " "), agent)
}

func (e vaultEvent) isRequest() bool { return e.Type == "request" }

func (e vaultEvent) isRefusal() bool { return e.Type == "response" && e.Error != "" }

func (e vaultEvent) isLogin() bool {
	return strings.HasPrefix(e.Request.Path, "auth/") && strings.HasSuffix(e.Request.Path, "/login")
}

// String is "update transit/decrypt/NAME".
func (e vaultEvent) String() string { return e.Request.Operation + " " + e.Request.Path }
