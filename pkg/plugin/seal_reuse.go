package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// reuseCluster is the word of --reuse for the Secrets of the cluster.
const reuseCluster = "cluster"

// earlier finds the sealed Secrets whose ciphertexts may be used again, by the place that they have.
func (o *sealOptions) earlier(
	ctx context.Context, core corev1client.CoreV1Interface, found []*plainSecret, namespace string,
) (map[sealed.Place][]*corev1.Secret, error) {
	all := map[sealed.Place][]*corev1.Secret{}
	for _, from := range o.reuse {
		add := func(secret *corev1.Secret) {
			at := sealed.Place{Namespace: secret.Namespace, Name: secret.Name}
			if at.Namespace == "" {
				at.Namespace = namespace
			}
			all[at] = append(all[at], secret)
		}
		var err error
		if from == reuseCluster {
			err = earlierInCluster(ctx, core, found, add)
		} else {
			err = o.earlierInFiles(ctx, from, add)
		}
		if err != nil {
			return nil, fmt.Errorf("--reuse: %w", err)
		}
	}
	return all, nil
}

// earlierInFiles reads sealed manifests. A directory may have none yet, and the one of the output may not exist yet.
func (o *sealOptions) earlierInFiles(ctx context.Context, path string, add func(*corev1.Secret)) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && o.target.directory != "" &&
		filepath.Clean(path) == filepath.Clean(o.target.directory) {
		return nil
	}
	files, err := (&manifestFlags{paths: []string{path}, recursive: true}).readFiles(ctx, o.globals.process)
	switch {
	case errors.Is(err, manifest.ErrNoManifests):
		return nil
	case err != nil:
		return err
	}
	for _, stored := range files.Sealed() {
		if stored.Err == nil {
			add(stored.Secret)
		}
	}
	return nil
}

// earlierInCluster reads the Secrets with the names of those to seal.
func earlierInCluster(
	ctx context.Context, core corev1client.CoreV1Interface, found []*plainSecret, add func(*corev1.Secret),
) error {
	store := engine.NewCluster(core, engine.ClusterOptions{})
	asked := map[sealed.Place]bool{}
	for _, s := range found {
		at := sealed.Place{Namespace: s.at.Namespace, Name: s.at.Name}
		if asked[at] || at.Name == "" || len(s.values) == 0 {
			continue
		}
		asked[at] = true
		live, err := store.Get(ctx, at.Namespace, at.Name)
		switch {
		case errors.Is(err, kube.ErrNotFound):
		case err != nil:
			return err
		default:
			add(live)
		}
	}
	return nil
}
