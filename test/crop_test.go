package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cropCommands make and check many sealed Secrets at once, without any code of the plugin's.
//
//	sow NS PREFIX COUNT KEY [LABEL=VALUE…]  make PREFIX-1 … PREFIX-COUNT, sealed as vaultseal does with transit/KEY
//	reap NS PREFIX COUNT KEY VERSION        they all open to what was sown, with that key version
func cropCommands() map[string]command {
	return map[string]command{"sow": runSow, "reap": runReap}
}

// crop is Secrets PREFIX-1 … PREFIX-COUNT of a namespace, with the entry
// secrets.json, strict where the transit key is derived.
type crop struct {
	namespace, prefix string
	count             int
	key               string // without its mount
}

func parseCrop(args []string) (crop, error) {
	count, err := strconv.Atoi(args[2])
	return crop{namespace: args[0], prefix: args[1], count: count, key: args[3]}, err
}

func (c crop) name(i int) string { return c.prefix + "-" + strconv.Itoa(i+1) }

func (c crop) plaintext(i int) []byte {
	return mustJSON(map[string]any{"password": "sown-" + c.name(i)})
}

func (c crop) derived() bool { return strings.HasSuffix(c.key, "-derived") }

// item is one item of a batch, with the context that a strict entry has.
func (c crop) item(i int, field string, value any) map[string]any {
	item := map[string]any{field: value}
	if c.derived() {
		item["context"] = []byte("v1/strict/" + c.namespace + "/" + c.name(i) + "/secrets.json")
	}
	return item
}

func (c crop) sow(labels map[string]string) error {
	items := make([]map[string]any, c.count)
	for i := range items {
		items[i] = c.item(i, "plaintext", c.plaintext(i))
	}
	ciphertexts, err := rawEncrypt(c.key, items)
	if err != nil {
		return err
	}
	annotations := map[string]string{"vaultseal.dev/transit-key": "transit/" + c.key}
	if c.derived() {
		annotations["vaultseal.dev/scope"] = "strict"
	}
	labels["vaultseal.dev/sealed"] = "true"
	secrets := make([]any, c.count)
	for i := range secrets {
		secrets[i] = map[string]any{
			"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
			"metadata": map[string]any{"namespace": c.namespace, "name": c.name(i), "labels": labels, "annotations": annotations},
			"data":     map[string][]byte{"secrets.json": []byte(ciphertexts[i])},
		}
	}
	list := mustJSON(map[string]any{"apiVersion": "v1", "kind": "List", "items": secrets})
	_, err = theStack.kubectl(string(list), "create", "-f", "-")
	return err
}

// reap opens every Secret of the crop and returns how many have each version.
func (c crop) reap() (map[string]int, error) {
	text, err := theStack.kubectl("", "-n", c.namespace, "get", "secrets", "-o", "json")
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Data     map[string][]byte
		}
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	live := map[string]string{}
	for _, secret := range list.Items {
		live[secret.Metadata.Name] = string(secret.Data["secrets.json"])
	}
	versions := map[string]int{}
	items := make([]map[string]any, c.count)
	for i := range items {
		ciphertext := live[c.name(i)]
		version, _, _ := strings.Cut(strings.TrimPrefix(ciphertext, "vault:v"), ":")
		versions[version]++
		items[i] = c.item(i, "ciphertext", ciphertext)
	}
	plaintexts, err := rawDecrypt(c.key, items)
	if err != nil {
		return nil, err
	}
	for i := range plaintexts {
		if !bytes.Equal(plaintexts[i], c.plaintext(i)) {
			return nil, fmt.Errorf("secret %s/%s opens to other bytes than were sown", c.namespace, c.name(i))
		}
	}
	return versions, nil
}

func runSow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: sow NS PREFIX COUNT KEY [LABEL=VALUE…]")
	}
	c, err := parseCrop(args)
	ts.Check(err)
	labels := map[string]string{}
	for _, arg := range args[4:] {
		name, value, _ := strings.Cut(arg, "=")
		labels[name] = value
	}
	ts.Check(c.sow(labels))
}

func runReap(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: reap NS PREFIX COUNT KEY VERSION")
	}
	c, err := parseCrop(args)
	ts.Check(err)
	versions, err := c.reap()
	ts.Check(err)
	if versions[args[4]] != c.count {
		ts.Fatalf("Secrets by version: %v, want %d of version %s", versions, c.count, args[4])
	}
}
