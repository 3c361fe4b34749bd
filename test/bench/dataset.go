package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What makes the Secrets of a dataset sealed ones, format v1. It is written out here
// because the benchmark shares no code with the plugin.
const (
	sealedLabel       = "vaultseal.dev/sealed"
	keyAnnotation     = "vaultseal.dev/transit-key"
	scopeAnnotation   = "vaultseal.dev/scope"
	strictScope       = "strict"
	fieldManager      = "vaultseal"
	shardLabel        = "vaultseal-bench/shard" // 0 to shardCount-1, by turns
	shardCount        = 4
	encryptBatch      = 500
	encryptBytes      = 4 << 20
	clearTimeout      = 10 * time.Minute
	datasetSecretName = "sealed-%05d"
	datasetContext    = "v1/strict/%s/%s/" + entryName
)

// dataset is a number of sealed Secrets in a namespace of its own, each with one entry
// sealed with a derived transit key that nothing else has.
type dataset struct {
	stage     *stage
	namespace string
	keyName   string // below transitMount
	size      int
	plaintext int // bytes of each entry
}

// newDataset makes a dataset of entries of plaintextSize bytes. It has to be cleared.
func (s *stage) newDataset(ctx context.Context, size int) (*dataset, error) {
	return s.newDatasetOf(ctx, size, plaintextSize)
}

// newDatasetOf makes a dataset of entries of so many bytes.
func (s *stage) newDatasetOf(ctx context.Context, size, plaintext int) (*dataset, error) {
	progress("creating %d Secrets", size)
	d := &dataset{stage: s, size: size, plaintext: plaintext}
	if err := d.fill(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("create %d Secrets: %w", size, err), d.clear())
	}
	return d, nil
}

func (d *dataset) fill(ctx context.Context) error {
	var err error
	if d.namespace, err = d.stage.openNamespace(ctx); err != nil {
		return err
	}
	if err := d.stage.vault.createDerivedKey(ctx, d.namespace); err != nil {
		return err
	}
	d.keyName = d.namespace
	batch := min(encryptBatch, max(1, encryptBytes/d.plaintext))
	for start := 0; start < d.size; start += batch {
		if err := d.fillFrom(ctx, start, min(batch, d.size-start)); err != nil {
			return err
		}
	}
	return nil
}

func (d *dataset) fillFrom(ctx context.Context, start, count int) error {
	plaintext := documentOf(d.plaintext)
	items := make([]plaintextItem, count)
	for i := range items {
		items[i] = plaintextItem{plaintext, fmt.Appendf(nil, datasetContext, d.namespace, d.name(start+i))}
	}
	ciphertexts, err := d.stage.vault.encrypt(ctx, d.keyName, items)
	if err != nil {
		return err
	}
	secrets := d.stage.core.Secrets(d.namespace)
	return atOnce(ctx, count, func(ctx context.Context, i int) error {
		_, err := secrets.Create(ctx, d.secret(start+i, ciphertexts[i]),
			metav1.CreateOptions{FieldManager: fieldManager})
		return err
	})
}

func (d *dataset) secret(i int, ciphertext string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name:        d.name(i),
			Labels:      map[string]string{sealedLabel: "true", shardLabel: strconv.Itoa(i % shardCount)},
			Annotations: map[string]string{keyAnnotation: d.key(), scopeAnnotation: strictScope},
		},
		Type: corev1.SecretTypeOpaque,
		Data: map[string][]byte{entryName: []byte(ciphertext)},
	}
}

func (d *dataset) name(i int) string { return fmt.Sprintf(datasetSecretName, i) }

// key is the transit key, MOUNT/NAME.
func (d *dataset) key() string { return transitMount + "/" + d.keyName }

// clear removes what there is of the dataset, also when the run was interrupted.
func (d *dataset) clear() error {
	if d.namespace == "" {
		return nil
	}
	progress("removing %d Secrets", d.size)
	ctx, cancel := context.WithTimeout(context.Background(), clearTimeout)
	defer cancel()
	secrets := d.stage.core.Secrets(d.namespace)
	err := atOnce(ctx, d.size, func(ctx context.Context, i int) error {
		return ignoreNotFound(secrets.Delete(ctx, d.name(i), metav1.DeleteOptions{}))
	})
	if d.keyName != "" {
		err = errors.Join(err, d.stage.vault.deleteKey(ctx, d.keyName))
	}
	return errors.Join(err, d.stage.closeNamespace(ctx, d.namespace))
}

// clearLate clears for a function that returns with err, and adds what goes wrong.
func (d *dataset) clearLate(err *error) {
	if clearErr := d.clear(); clearErr != nil {
		*err = errors.Join(*err, fmt.Errorf("remove %d Secrets: %w", d.size, clearErr))
	}
}
