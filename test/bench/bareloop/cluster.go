package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	selector     = "vaultseal.dev/sealed=true"
	fieldManager = "vaultseal" // the plugin's: two managers in turn would cost both of them
)

// entry is a Secret with its only entry.
type entry struct {
	secret, resourceVersion string
	name                    string // data key
	ciphertext              string
}

func newCluster() (*corev1.CoreV1Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	if err != nil {
		return nil, err
	}
	config.UserAgent = userAgent
	config.QPS = -1
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	return corev1.NewForConfig(config)
}

func list(ctx context.Context, secrets corev1.SecretInterface) ([]entry, error) {
	var entries []entry
	options := metav1.ListOptions{LabelSelector: selector, Limit: batchSize}
	for {
		page, err := secrets.List(ctx, options)
		if err != nil {
			return nil, err
		}
		for _, secret := range page.Items {
			if len(secret.Data) != 1 {
				return nil, fmt.Errorf("secret %s has %d entries, want 1", secret.Name, len(secret.Data))
			}
			for name, value := range secret.Data {
				entries = append(entries, entry{secret.Name, secret.ResourceVersion, name, string(value)})
			}
		}
		if options.Continue = page.Continue; options.Continue == "" {
			return entries, nil
		}
	}
}

// patchAll ends with the first error, after what was being written.
func patchAll(ctx context.Context, secrets corev1.SecretInterface, entries []entry, writers int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var running sync.WaitGroup
	for range writers {
		running.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(entries)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := patch(ctx, secrets, entries[i]); err != nil {
					cancel(fmt.Errorf("patch secret %s: %w", entries[i].secret, err))
				}
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

func patch(ctx context.Context, secrets corev1.SecretInterface, e entry) error {
	body, err := json.Marshal(map[string]any{
		"metadata": map[string]string{"resourceVersion": e.resourceVersion},
		"data":     map[string][]byte{e.name: []byte(e.ciphertext)},
	})
	if err != nil {
		return err
	}
	_, err = secrets.Patch(ctx, e.secret, types.MergePatchType, body, metav1.PatchOptions{FieldManager: fieldManager})
	return err
}
