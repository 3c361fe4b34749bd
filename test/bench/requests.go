package main

import (
	"context"
	"errors"
)

// auditLogs are those of both servers.
type auditLogs struct{ kube, vault *auditLog }

func (s stack) auditLogs() auditLogs {
	return auditLogs{kube: &auditLog{path: s.kubeAudit}, vault: &auditLog{path: s.vaultAudit}}
}

func (l auditLogs) skip(ctx context.Context) error {
	return errors.Join(l.kube.skip(ctx), l.vault.skip(ctx))
}

// eachOf hands out the events of one client since the logs were last read: one a
// request to the API server, requests and responses of Vault's.
func (l auditLogs) eachOf(ctx context.Context, agent string, kube func(kubeEvent), vault func(vaultEvent)) error {
	err := l.kube.each(ctx, func(line []byte) error {
		event, err := parseKubeEvent(line)
		if err == nil && event.isRequestOf(agent) {
			kube(event)
		}
		return err
	})
	return errors.Join(err, l.vault.each(ctx, func(line []byte) error {
		event, err := parseVaultEvent(line)
		if err == nil && event.isOf(agent) {
			vault(event)
		}
		return err
	}))
}

// requestCount is what one run of a command asks of the servers, in the order of
// their audit logs.
type requestCount struct {
	Command          string   `json:"command"`
	Kubernetes       []string `json:"kubernetes"`
	Vault            []string `json:"vault"`
	VaultConnections int      `json:"vaultConnections"`
}

// countRequests runs each command with an agent another time.
func countRequests(ctx context.Context, s *stage, commands []command) ([]requestCount, error) {
	logs := s.stack.auditLogs()
	var counts []requestCount
	for _, c := range commands {
		if c.agent == "" {
			continue
		}
		if err := logs.skip(ctx); err != nil {
			return nil, err
		}
		if _, err := c.run(ctx, s.environment()); err != nil {
			return nil, err
		}
		count, err := readRequests(ctx, logs, c.agent)
		if err != nil {
			return nil, err
		}
		count.Command = c.Name
		counts = append(counts, count)
	}
	return counts, nil
}

func readRequests(ctx context.Context, logs auditLogs, agent string) (requestCount, error) {
	var count requestCount
	ports := map[int]bool{}
	err := logs.eachOf(ctx, agent,
		func(e kubeEvent) { count.Kubernetes = append(count.Kubernetes, e.String()) },
		func(e vaultEvent) {
			if e.isRequest() {
				count.Vault = append(count.Vault, e.String())
				ports[e.Request.RemotePort] = true
			}
		})
	count.VaultConnections = len(ports)
	return count, err
}
