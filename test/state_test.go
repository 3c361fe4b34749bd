package test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// stateCommands look at what is stored, and make files that are too large for a script.
//
//	remember                 note what the Secrets of $NS and its transit keys are now
//	unchanged                they are what they were, to the resourceVersion
//	copy FROM ENTRY TO ENTRY [vN]
//	                         a new Secret TO with a ciphertext as it stands in FROM, or as if it were of version N
//	flip FROM ENTRY TO       a new Secret TO with the ciphertext, but for one byte
//	bigfile NAME BYTES       a JSON document of just that size
func stateCommands() map[string]command {
	return map[string]command{
		"remember": runRemember, "unchanged": runUnchanged,
		"copy": runCopy, "flip": runFlip, "bigfile": runBigFile,
	}
}

// memory is what a script has noted.
type memory struct{ text string }

type memoryKey struct{}

func runRemember(ts *testscript.TestScript, _ bool, _ []string) {
	text, err := theStack.stateOf(ts.Getenv("NS"))
	ts.Check(err)
	ts.Value(memoryKey{}).(*memory).text = text
}

func runUnchanged(ts *testscript.TestScript, neg bool, _ []string) {
	before := ts.Value(memoryKey{}).(*memory).text
	if before == "" {
		ts.Fatalf("nothing is remembered")
	}
	now, err := theStack.stateOf(ts.Getenv("NS"))
	ts.Check(err)
	if neg != (now != before) {
		ts.Fatalf("before:\n%s\nnow:\n%s", before, now)
	}
}

// stateOf is all that a command could change in a namespace: its Secrets and
// the transit keys that are named as it is.
func (s stack) stateOf(namespace string) (string, error) {
	core, err := s.core()
	if err != nil {
		return "", err
	}
	secrets, err := core.Secrets(namespace).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	secrets.ResourceVersion = "" // the whole cluster's
	answer, err := s.vaultRequest(context.Background(), "LIST", "transit/keys", nil)
	if err != nil {
		return "", err
	}
	var list struct {
		Data struct {
			Keys []string `json:"keys"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return "", err
	}
	state := []string{string(mustJSON(secrets))}
	slices.Sort(list.Data.Keys)
	for _, name := range list.Data.Keys {
		if !strings.HasPrefix(name, namespace) {
			continue
		}
		key, err := s.transitKey(name)
		if err != nil {
			return "", err
		}
		state = append(state, key)
	}
	return strings.Join(state, "\n"), nil
}

// transitKey is what Vault says of a key.
func (s stack) transitKey(name string) (string, error) {
	answer, err := s.vaultRequest(context.Background(), "GET", "transit/keys/"+name, nil)
	if err != nil {
		return "", err
	}
	var key struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(answer, &key); err != nil {
		return "", err
	}
	return string(key.Data), nil
}

func runBigFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bigfile NAME BYTES")
	}
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	const head, tail = `{"big":"`, `"}`
	filling := size - len(head) - len(tail)
	if filling < 0 {
		ts.Fatalf("bigfile: %d bytes are too few", size)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(head+strings.Repeat("x", filling)+tail), 0o600))
}

func runCopy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 || len(args) > 5 {
		ts.Fatalf("usage: copy FROM ENTRY TO ENTRY [vN]")
	}
	ciphertext := ciphertextOf(ts, args[0], args[1])
	if len(args) == 5 {
		parts := strings.SplitN(ciphertext, ":", 3)
		parts[1] = args[4]
		ciphertext = strings.Join(parts, ":")
	}
	administer(ts, "", "create", "secret", "generic", args[2], "--from-literal", args[3]+"="+ciphertext)
}

func runFlip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: flip FROM ENTRY TO")
	}
	prefix, encoded, _ := strings.Cut(ciphertextOf(ts, args[0], args[1]), ":v1:")
	content, err := base64.StdEncoding.DecodeString(encoded)
	ts.Check(err)
	content[len(content)/2] ^= 1
	administer(ts, "", "create", "secret", "generic", args[2],
		"--from-literal", args[1]+"="+prefix+":v1:"+base64.StdEncoding.EncodeToString(content))
}

// ciphertextOf is an entry of a Secret as it is stored.
func ciphertextOf(ts *testscript.TestScript, name, entry string) string {
	secret, err := theStack.secret(ts.Getenv("NS"), name)
	ts.Check(err)
	ciphertext := string(secret.Data[entry])
	if !strings.HasPrefix(ciphertext, "vault:v") {
		ts.Fatalf("secret %s entry %s is not sealed", name, entry)
	}
	return ciphertext
}
