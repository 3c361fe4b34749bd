package transit

import (
	"context"
	"time"
)

// TokenInfo is what Vault says of a session's token; the token itself is not in it.
type TokenInfo struct {
	TTL      time.Duration // 0: it does not lapse
	Policies []string
	Batch    bool // it cannot be revoked
}

// Token tells what the session's token is, logging in if it must. Of a token from outside Vault is asked.
func (s *Session) Token(ctx context.Context) (TokenInfo, error) {
	l, err := s.acquire(ctx, nil)
	if err != nil {
		return TokenInfo{}, err
	}
	if !l.outside {
		return TokenInfo{TTL: l.ttl, Policies: l.policies, Batch: l.batch}, nil
	}
	data, err := s.Read(ctx, "auth/token/lookup-self")
	if err != nil {
		return TokenInfo{}, err
	}
	seconds, _ := data["ttl"].(float64)
	kind, _ := data["type"].(string)
	info := TokenInfo{TTL: time.Duration(seconds) * time.Second, Batch: kind == "batch"}
	policies, _ := data["policies"].([]any)
	for _, policy := range policies {
		if name, ok := policy.(string); ok {
			info.Policies = append(info.Policies, name)
		}
	}
	return info, nil
}
