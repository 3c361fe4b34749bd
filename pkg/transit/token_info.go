package transit

import (
	"context"
	"time"
)

// TokenInfo describes a session's token, without the token itself.
type TokenInfo struct {
	TTL      time.Duration // 0: it does not lapse
	Policies []string
	Batch    bool // it cannot be revoked
}

// Token describes the session's token. It logs in if needed, and asks Vault about a token from outside.
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
