package main

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/retirement"
)

// checkRetirements checks that no key version was retired that an entry needed at that time.
func (r *round) checkRetirements(ctx context.Context) error {
	for now := time.Now(); r.clock.NotDoneAt(now) == math.MaxInt64; {
		time.Sleep(time.Millisecond) // until the clock has passed all that was done
	}
	log, err := r.etcd.Secrets(ctx)
	if err != nil {
		return err
	}
	raw := map[int]bool{}
	for _, op := range r.record.operations {
		raw[op.ID] = op.Kind.Raw()
	}
	var audits []string
	for _, n := range r.cluster.Nodes {
		audits = append(audits, n.AuditLog)
	}
	for _, namespace := range r.namespaces {
		if err := r.checkRetirementsOf(ctx, namespace, log, raw, audits); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) checkRetirementsOf(
	ctx context.Context, namespace string, log etcdlog.Log, raw map[int]bool, audits []string,
) error {
	answer, err := r.request(ctx, "GET", "transit/backup/"+keyOf(namespace), nil)
	if err != nil {
		return err
	}
	var backup struct {
		Data struct {
			Backup string `json:"backup"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &backup); err != nil {
		return err
	}
	key, err := retirement.ReadBackup(backup.Data.Backup)
	if err != nil {
		return err
	}
	rises, err := retirement.Rises("transit/"+keyOf(namespace), r.clock, audits...)
	if err != nil {
		return err
	}
	reader := retirement.Reader{Open: retirement.Opens(key), Plugin: func(manager string) bool {
		id := operationOf(manager)
		return id > 0 && !raw[id]
	}}
	r.rises += len(rises)
	for _, violation := range retirement.Check(log, rises, reader) {
		r.found("transit key %s: %v", keyOf(namespace), violation)
	}
	return nil
}
