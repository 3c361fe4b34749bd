package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
)

// keptEverywhere is the note on how to limit a CronJob that works in the whole cluster.
func (j *Job) keptEverywhere() []Kept {
	if !j.Everywhere {
		return nil
	}
	return []Kept{{"that the CronJob may read and patch every Secret of the cluster",
		"--cronjob --cronjob-all-namespaces=false limits it to the namespaces that are set up"}}
}

// keepNamespaces determines the namespaces of the Job. A limited Job keeps its namespaces.
func (j *Job) keepNamespaces(live *Job, i *Installation) (kept []Kept) {
	said := !i.Unsaid.Everywhere
	j.deciding = j.deciding || said
	switch {
	case said && j.Everywhere, !said && live.Everywhere:
		j.Everywhere, j.Namespaces = true, nil
		if !said {
			kept = live.keptEverywhere()
		}
		return kept
	case live.Everywhere, len(live.Namespaces) == 0: // new, or not limited before
		j.Namespaces, j.deciding = sortedUnion(i.Namespaces), true
		return nil
	}
	if outside := without(live.Namespaces, i.Namespaces); len(outside) > 0 {
		kept = append(kept, Kept{"the CronJob's namespaces " + strings.Join(outside, ", "),
			"--cronjob=false removes the CronJob, then make it again with the namespaces that it must have"})
	}
	j.Namespaces = sortedUnion(live.Namespaces, i.Namespaces)
	return kept
}

// findJobNamespaces adds all namespaces that are set up to those of a Job that is new or was not limited, if the
// command line lists none.
func (s *Setup) findJobNamespaces(ctx context.Context) error {
	i := &s.Installation
	if i.Job == nil || i.Job.Everywhere || !i.Job.deciding || i.Extends || !i.Unsaid.Namespaces {
		return nil
	}
	made, err := s.madeIn(ctx, corev1.SchemeGroupVersion.WithResource(resources["ServiceAccount"]), sealerName)
	if err != nil {
		return err
	}
	for _, namespace := range sortedUnion(made) {
		if slices.Contains(i.Namespaces, namespace) {
			continue
		}
		known, err := s.vaultKnows(ctx, namespace)
		if err != nil {
			return err
		}
		if known {
			i.Job.found = append(i.Job.found, namespace)
		}
	}
	i.Job.Namespaces = sortedUnion(i.Job.Namespaces, i.Job.found)
	return nil
}

// vaultKnows reports whether a namespace is set up in Vault: it has its key, or a role for the shared key is bound to
// it. An editor of a namespace can create the accounts there, but nothing in Vault.
func (s *Setup) vaultKnows(ctx context.Context, namespace string) (bool, error) {
	i := s.Installation
	if !i.Keys.PerNamespace() {
		is, err := s.unlessNoAuth("auth/" + i.AuthMount + "/role/" + sealerName)(ctx)
		return slices.Contains(boundNamespaces(is), namespace), err
	}
	key, unnamed := i.Keys.For(namespace)
	if unnamed != nil { // so setup created no key for it
		return false, nil //nolint:nilerr // as above
	}
	is, err := s.unlessUnmounted(key.Mount, key.Mount+"/keys/"+key.Name)(ctx)
	if err != nil {
		return false, fmt.Errorf("transit key %s: %w", key, err)
	}
	return is != nil, nil
}

// jobLimits removes the rights of the other choice: the right to the whole cluster, or the rights to single namespaces.
func (s *Setup) jobLimits(ctx context.Context) (steps []step, err error) {
	name := s.Installation.clusterName(jobName)
	if !s.Installation.Job.Everywhere {
		return []step{s.remove(rbacv1.SchemeGroupVersion.WithKind("ClusterRoleBinding"), "", name)}, nil
	}
	bindings, err := s.madeIn(ctx, rbacv1.SchemeGroupVersion.WithResource(resources["RoleBinding"]), name)
	for _, namespace := range bindings {
		steps = append(steps, s.remove(rbacv1.SchemeGroupVersion.WithKind("RoleBinding"), namespace, name))
	}
	return steps, err
}
