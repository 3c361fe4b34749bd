package transit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Read reads a path of Vault, as `vault read` does: below /v1/, without a slash at its ends. It returns the answer's
// data, or nil without an error where there is nothing.
func (s *Session) Read(ctx context.Context, path string) (map[string]any, error) {
	return s.logical(ctx, &request{op: "read " + path, method: http.MethodGet, path: path})
}

// List lists the names below a path of Vault, as `vault list` does; none without an error where there is nothing.
func (s *Session) List(ctx context.Context, path string) ([]string, error) {
	data, err := s.logical(ctx, &request{op: "list " + path, method: "LIST", path: path})
	if err != nil {
		return nil, err
	}
	list, _ := data["keys"].([]any)
	names := make([]string, 0, len(list))
	for _, one := range list {
		if name, ok := one.(string); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// Write writes data to a path of Vault, as `vault write` does. It is retried only if Vault has not acted.
// It returns the answer's data, if any.
func (s *Session) Write(ctx context.Context, path string, data map[string]any) (map[string]any, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("write %s: cannot build the request", path)
	}
	return s.logical(ctx, &request{op: "write " + path, method: http.MethodPost, path: path, body: body, once: true})
}

// Delete deletes what is at a path of Vault, as `vault delete` does. It is not an error if nothing is there.
func (s *Session) Delete(ctx context.Context, path string) error {
	_, err := s.logical(ctx, &request{op: "delete " + path, method: http.MethodDelete, path: path})
	return err
}

// Capabilities tells what the session's token may do at each of the paths: "read", "update", "deny" and so on,
// as sys/capabilities-self answers.
func (s *Session) Capabilities(ctx context.Context, paths ...string) (map[string][]string, error) {
	const path = "sys/capabilities-self"
	body, err := json.Marshal(map[string][]string{"paths": paths})
	if err != nil {
		return nil, fmt.Errorf("read %s: cannot build the request", path)
	}
	data, err := s.logical(ctx, &request{op: "read " + path, method: http.MethodPost, path: path, body: body})
	if err != nil {
		return nil, err
	}
	capabilities := make(map[string][]string, len(paths))
	for _, path := range paths {
		list, _ := data[path].([]any)
		for _, one := range list {
			if name, ok := one.(string); ok {
				capabilities[path] = append(capabilities[path], name)
			}
		}
	}
	return capabilities, nil
}

// logical sends a request. The caller must have checked the segments of its path.
func (s *Session) logical(ctx context.Context, r *request) (map[string]any, error) {
	if strings.Contains(r.path, "..") || strings.ContainsAny(r.path, "%?#") {
		return nil, fmt.Errorf("%s: not a path of vault", r.op)
	}
	a, err := s.send(ctx, r)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusNotFound && (r.method == http.MethodGet || r.method == "LIST") {
		return nil, nil
	}
	if a.status >= 300 {
		return nil, r.refusalOfPath(a)
	}
	if len(a.body) == 0 {
		return nil, nil
	}
	var answer struct {
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(a.body, &answer); err != nil {
		return nil, fmt.Errorf("%s: %w", r.op, errUnreadable)
	}
	return answer.Data, nil
}

// refusalOfPath is refusal for a path that is no transit key's.
func (r *request) refusalOfPath(a *answer) error {
	err := r.refusal(a)
	var refused *RefusedError
	if errors.As(err, &refused) && errors.Is(refused, ErrKeyNotFound) {
		refused.Kind = nil
	}
	return err
}
