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

// What makes the Secrets of a lot sealed ones, format v1. It is written out here
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
	nameOfLotSecret   = "sealed-%05d"
	contextOfLotEntry = "v1/strict/%s/%s/" + entryName
)

// lot is a number of sealed Secrets in a namespace of its own, each with one entry
// sealed with a derived transit key that nothing else has.
type lot struct {
	stage     *stage
	namespace string
	keyName   string // below transitMount
	size      int
	plaintext int // bytes of each entry
}

// sow makes a lot of entries of plaintextSize bytes. It has to be cleared.
func (s *stage) sow(ctx context.Context, size int) (*lot, error) {
	return s.sowOf(ctx, size, plaintextSize)
}

// sowOf makes a lot of entries of so many bytes.
func (s *stage) sowOf(ctx context.Context, size, plaintext int) (*lot, error) {
	progress("sowing %d Secrets", size)
	l := &lot{stage: s, size: size, plaintext: plaintext}
	if err := l.fill(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("sow %d Secrets: %w", size, err), l.clear())
	}
	return l, nil
}

func (l *lot) fill(ctx context.Context) error {
	var err error
	if l.namespace, err = l.stage.openNamespace(ctx); err != nil {
		return err
	}
	if err := l.stage.vault.createDerivedKey(ctx, l.namespace); err != nil {
		return err
	}
	l.keyName = l.namespace
	batch := min(encryptBatch, max(1, encryptBytes/l.plaintext))
	for start := 0; start < l.size; start += batch {
		if err := l.fillFrom(ctx, start, min(batch, l.size-start)); err != nil {
			return err
		}
	}
	return nil
}

func (l *lot) fillFrom(ctx context.Context, start, count int) error {
	plaintext := documentOf(l.plaintext)
	items := make([]plaintextItem, count)
	for i := range items {
		items[i] = plaintextItem{plaintext, fmt.Appendf(nil, contextOfLotEntry, l.namespace, l.name(start+i))}
	}
	ciphertexts, err := l.stage.vault.encrypt(ctx, l.keyName, items)
	if err != nil {
		return err
	}
	secrets := l.stage.core.Secrets(l.namespace)
	return atOnce(ctx, count, func(ctx context.Context, i int) error {
		_, err := secrets.Create(ctx, l.secret(start+i, ciphertexts[i]), metav1.CreateOptions{FieldManager: fieldManager})
		return err
	})
}

func (l *lot) secret(i int, ciphertext string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name:        l.name(i),
			Labels:      map[string]string{sealedLabel: "true", shardLabel: strconv.Itoa(i % shardCount)},
			Annotations: map[string]string{keyAnnotation: l.key(), scopeAnnotation: strictScope},
		},
		Type: corev1.SecretTypeOpaque,
		Data: map[string][]byte{entryName: []byte(ciphertext)},
	}
}

func (l *lot) name(i int) string { return fmt.Sprintf(nameOfLotSecret, i) }

// key is the transit key, MOUNT/NAME.
func (l *lot) key() string { return transitMount + "/" + l.keyName }

// clear removes what there is of the lot, also when the run was interrupted.
func (l *lot) clear() error {
	if l.namespace == "" {
		return nil
	}
	progress("removing %d Secrets", l.size)
	ctx, cancel := context.WithTimeout(context.Background(), clearTimeout)
	defer cancel()
	secrets := l.stage.core.Secrets(l.namespace)
	err := atOnce(ctx, l.size, func(ctx context.Context, i int) error {
		return ignoreNotFound(secrets.Delete(ctx, l.name(i), metav1.DeleteOptions{}))
	})
	if l.keyName != "" {
		err = errors.Join(err, l.stage.vault.deleteKey(ctx, l.keyName))
	}
	return errors.Join(err, l.stage.closeNamespace(ctx, l.namespace))
}

// clearLate clears for a function that returns with err, and adds what goes wrong.
func (l *lot) clearLate(err *error) {
	if clearErr := l.clear(); clearErr != nil {
		*err = errors.Join(*err, fmt.Errorf("remove %d Secrets: %w", l.size, clearErr))
	}
}
