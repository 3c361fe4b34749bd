package main

import (
	"context"
	"errors"
)

// requestCount is what one run of a command asks of the servers, in the order of
// their audit logs.
type requestCount struct {
	Command          string   `json:"command"`
	Kubernetes       []string `json:"kubernetes"`
	Vault            []string `json:"vault"`
	VaultConnections int      `json:"vaultConnections"`
}

// countRequests runs each command that has an agent once more.
func countRequests(ctx context.Context, s *stage, commands []command) ([]requestCount, error) {
	kube, vault := &auditLog{path: s.stack.kubeAudit}, &auditLog{path: s.stack.vaultAudit}
	var counts []requestCount
	for _, c := range commands {
		if c.agent == "" {
			continue
		}
		if _, _, err := bothSettled(ctx, kube, vault); err != nil {
			return nil, err
		}
		if _, err := c.run(ctx, s.environment()); err != nil {
			return nil, err
		}
		kubeLines, vaultLines, err := bothSettled(ctx, kube, vault)
		if err != nil {
			return nil, err
		}
		count := requestCount{Command: c.Name}
		if count.Kubernetes, err = kubeRequests(kubeLines, c.agent); err != nil {
			return nil, err
		}
		if count.Vault, count.VaultConnections, err = vaultRequests(vaultLines, c.agent); err != nil {
			return nil, err
		}
		counts = append(counts, count)
	}
	return counts, nil
}

func bothSettled(ctx context.Context, kube, vault *auditLog) (kubeLines, vaultLines []byte, err error) {
	kubeLines, kubeErr := kube.settled(ctx)
	vaultLines, vaultErr := vault.settled(ctx)
	return kubeLines, vaultLines, errors.Join(kubeErr, vaultErr)
}
