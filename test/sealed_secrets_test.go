package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// sealedSecretsCommands make and check many sealed Secrets at once, without any code of the plugin's.
//
//	sealmany NS PREFIX COUNT KEY [LABEL=VALUE…]  create PREFIX-1 … PREFIX-COUNT, sealed with transit/KEY
//	openmany NS PREFIX COUNT KEY VERSION        they all open to what sealmany sealed, with that key version
func sealedSecretsCommands() map[string]command {
	return map[string]command{"sealmany": runSealMany, "openmany": runOpenMany}
}

const (
	batchItems    = 500 // items in a request to Vault, as many as a page of the plugin's lists has
	batchBytes    = 8 << 20
	writersAtOnce = 16 // requests to the API server at once
)

// sealedSecrets are the Secrets PREFIX-1 … PREFIX-COUNT of a namespace, with the entry
// secrets.json, strict where the transit key is derived.
type sealedSecrets struct {
	on                stack // its API server and its Vault
	namespace, prefix string
	count             int
	key               string // without its mount
	padding           int    // bytes that each plaintext has more
}

func parseSealedSecrets(args []string) (sealedSecrets, error) {
	count, err := strconv.Atoi(args[2])
	return sealedSecrets{on: theStack, namespace: args[0], prefix: args[1], count: count, key: args[3]}, err
}

func (c sealedSecrets) name(i int) string { return c.prefix + "-" + strconv.Itoa(i+1) }

func (c sealedSecrets) plaintext(i int) []byte {
	value := map[string]any{"password": "swordfish-" + c.name(i)}
	if c.padding > 0 {
		value["padding"] = strings.Repeat("x", c.padding)
	}
	return mustJSON(value)
}

// batch is how many items go into one request to Vault.
func (c sealedSecrets) batch() int {
	if c.padding > 0 {
		return max(1, min(batchItems, batchBytes/c.padding))
	}
	return batchItems
}

func (c sealedSecrets) derived() bool { return strings.HasSuffix(c.key, "-derived") }

// item is one item of a batch, with the context that a strict entry has.
func (c sealedSecrets) item(i int, field string, value any) map[string]any {
	item := map[string]any{field: value}
	if c.derived() {
		item["context"] = []byte("v1/strict/" + c.namespace + "/" + c.name(i) + "/secrets.json")
	}
	return item
}

func (c sealedSecrets) create(labels map[string]string) error {
	core, err := c.on.core()
	if err != nil {
		return err
	}
	ciphertexts, err := c.seal(c.plaintext)
	if err != nil {
		return err
	}
	labels["vaultseal.dev/sealed"] = "true"
	return atOnce(c.count, func(i int) error {
		_, err := core.Secrets(c.namespace).Create(context.Background(), c.secret(i, labels, ciphertexts[i]),
			metav1.CreateOptions{})
		return err
	})
}

// secret is one as vaultseal writes it.
func (c sealedSecrets) secret(i int, labels map[string]string, ciphertext string) *corev1.Secret {
	annotations := map[string]string{"vaultseal.dev/transit-key": "transit/" + c.key}
	if c.derived() {
		annotations["vaultseal.dev/scope"] = "strict"
	}
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: c.namespace, Name: c.name(i), Labels: labels,
			Annotations: annotations},
		Type: corev1.SecretTypeOpaque,
		Data: map[string][]byte{"secrets.json": []byte(ciphertext)},
	}
}

// seal makes the ciphertext of each Secret's plaintext.
func (c sealedSecrets) seal(plaintext func(i int) []byte) ([]string, error) {
	var all []string
	for len(all) < c.count {
		items := make([]map[string]any, min(c.batch(), c.count-len(all)))
		for i := range items {
			items[i] = c.item(len(all)+i, "plaintext", plaintext(len(all)+i))
		}
		ciphertexts, err := c.on.encrypt(c.key, items)
		if err != nil {
			return nil, err
		}
		all = append(all, ciphertexts...)
	}
	return all, nil
}

// live are the set's Secrets as they are stored, in order.
func (c sealedSecrets) live() ([]*corev1.Secret, error) {
	core, err := c.on.core()
	if err != nil {
		return nil, err
	}
	list, err := core.Secrets(c.namespace).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	byName := map[string]*corev1.Secret{}
	for i := range list.Items {
		byName[list.Items[i].Name] = &list.Items[i]
	}
	secrets := make([]*corev1.Secret, c.count)
	for i := range secrets {
		if secrets[i] = byName[c.name(i)]; secrets[i] == nil {
			return nil, fmt.Errorf("secret %s/%s is gone", c.namespace, c.name(i))
		}
	}
	return secrets, nil
}

// open gives the plaintexts of the set's Secrets.
func (c sealedSecrets) open(secrets []*corev1.Secret) ([][]byte, error) {
	var all [][]byte
	for len(all) < len(secrets) {
		items := make([]map[string]any, min(c.batch(), len(secrets)-len(all)))
		for i := range items {
			items[i] = c.item(len(all)+i, "ciphertext", string(secrets[len(all)+i].Data["secrets.json"]))
		}
		plaintexts, err := c.on.decrypt(c.key, items)
		if err != nil {
			return nil, err
		}
		all = append(all, plaintexts...)
	}
	return all, nil
}

// openAll opens every Secret of the set and returns how many have each version.
func (c sealedSecrets) openAll() (map[string]int, error) {
	secrets, err := c.live()
	if err != nil {
		return nil, err
	}
	plaintexts, err := c.open(secrets)
	if err != nil {
		return nil, err
	}
	versions := map[string]int{}
	for i, secret := range secrets {
		version, _, _ := strings.Cut(strings.TrimPrefix(string(secret.Data["secrets.json"]), "vault:v"), ":")
		versions[version]++
		if !bytes.Equal(plaintexts[i], c.plaintext(i)) {
			return nil, fmt.Errorf("secret %s/%s opens to other bytes than were sealed", c.namespace, c.name(i))
		}
	}
	return versions, nil
}

// atOnce does something for 0 … count-1, some of them at a time.
func atOnce(count int, do func(i int) error) error {
	next := make(chan int)
	go func() {
		defer close(next)
		for i := range count {
			next <- i
		}
	}()
	errs := make([]error, count)
	var hands sync.WaitGroup
	for range writersAtOnce {
		hands.Go(func() {
			for i := range next {
				errs[i] = do(i)
			}
		})
	}
	hands.Wait()
	return errors.Join(errs...)
}

func runSealMany(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: sealmany NS PREFIX COUNT KEY [LABEL=VALUE…]")
	}
	c, err := parseSealedSecrets(args)
	ts.Check(err)
	labels := map[string]string{}
	for _, arg := range args[4:] {
		name, value, _ := strings.Cut(arg, "=")
		labels[name] = value
	}
	ts.Check(c.create(labels))
}

func runOpenMany(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: openmany NS PREFIX COUNT KEY VERSION")
	}
	c, err := parseSealedSecrets(args)
	ts.Check(err)
	versions, err := c.openAll()
	ts.Check(err)
	if versions[args[4]] != c.count {
		ts.Fatalf("Secrets by version: %v, want %d of version %s", versions, c.count, args[4])
	}
}
