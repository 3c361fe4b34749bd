package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// logIn logs in for the namespaces of Secrets in files, concurrently. Files may have Secrets of namespaces that are not
// set up in this cluster: then the failed login is a failure of their Secrets only. If all namespaces share an account,
// it is an error of the pass.
func logIn(ctx context.Context, tasks []*task) error {
	namespaces := map[vault]map[string]bool{}
	for _, t := range tasks {
		if t.file == "" || t.err != nil || t.state == nil {
			continue
		}
		if namespaces[t.vault] == nil {
			namespaces[t.vault] = map[string]bool{}
		}
		namespaces[t.vault][t.live.Namespace] = true
	}
	refused, lock := map[vault]error{}, sync.Mutex{}
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(prepareWorkers)
	for v, of := range namespaces {
		group.Go(func() error {
			err := v.Login(running)
			if err == nil || len(of) > 1 || !ofAccount(err) {
				return err
			}
			lock.Lock()
			defer lock.Unlock()
			refused[v] = err
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, t := range tasks {
		if err := refused[t.vault]; t.vault != nil && t.err == nil && err != nil {
			t.err = fmt.Errorf("secret %s/%s: %w", t.live.Namespace, t.live.Name, err)
		}
	}
	return nil
}

// ofAccount reports whether a login failed because of its account: it gets no token, or Vault does not accept it.
func ofAccount(err error) bool {
	var account *kube.AccountError
	return errors.As(err, &account) && !errors.Is(err, kube.ErrUnreachable) ||
		errors.Is(err, transit.ErrUnauthenticated)
}
