package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// walkCommand is a command; NAME in its words stands for the Secret, and DIR for the walk's files.
type walkCommand struct {
	name, words, env string
}

// namedCommands are about one Secret. The last ones replace what is hostile.
func namedCommands() []walkCommand {
	return []walkCommand{
		{name: "view --require-scope", words: "view NAME --manifest --require-scope strict"},
		{name: "exec", words: "exec NAME --prefix W_ -- true"},
		{name: "Reader"},
		{name: "set", words: "set NAME b --from-file=DIR/b"},
		{name: "create --merge", words: "create NAME --from-file=b=DIR/b --merge"},
		{name: "edit", words: "edit NAME"},
		{name: "rotate NAME", words: "rotate NAME"},
		{name: "reseal", words: "reseal NAME --transit-key transit/{namespace}-derived"},
		{name: "unset", words: "unset NAME a"},
		{name: "create --overwrite", words: "create NAME --from-file=b=DIR/b --overwrite"},
	}
}

// oneEntryCommands are about a Secret with the entry b alone, which nothing else of the Secret proves the scope of.
func oneEntryCommands() []walkCommand {
	return []walkCommand{
		{name: "view", words: "view NAME b"},
		{name: "set by an encrypter", words: "set NAME b --from-file=DIR/b --read-back=false",
			env: "VAULTSEAL_ROLE=vaultseal-encrypter"},
		{name: "set b", words: "set NAME b --from-file=DIR/b"},
		{name: "create --merge --adopt", words: "create NAME --from-file=b=DIR/b --merge --adopt"},
	}
}

// fewViews are those of the viewCommands that meet every piece of metadata: the last ones.
const fewViews = 3

// viewCommands are about all Secrets of a namespace, and LABEL stands for their label.
func viewCommands() []walkCommand {
	return []walkCommand{
		{name: "list", words: "list -o wide"},
		{name: "verify --discover", words: "verify --discover"},
		{name: "rotate --rewrap-only", words: "rotate --rewrap-only --include-managed"},
		{name: "verify", words: "verify --require-bound"},
		{name: "rotate", words: "rotate"},
		{name: "rotate --retire", words: "rotate -A -l LABEL --retire --keep 1 --yes"},
	}
}

// nothingHostile is what is hostile of a Secret that is as it should be.
const nothingHostile = "nothing hostile"

// runWords runs a command of the walk, with other words in place of some.
func (n tenant) runWords(t *testing.T, command walkCommand, s step, replace ...string) {
	t.Helper()
	if command.words == "" {
		n.reads(t, s)
		return
	}
	words := strings.Fields(command.words)
	replacer := strings.NewReplacer(append(replace, "NAME", s.secret, "DIR/", n.files+"/", "LABEL",
		"walk="+n.namespace)...)
	for i, word := range words {
		words[i] = replacer.Replace(word)
	}
	n.runs(s, func() int {
		ctx, cancel := context.WithTimeout(t.Context(), commandEnd)
		defer cancel()
		running := exec.CommandContext(ctx, "kubectl-vaultseal", words...)
		running.Env = n.environment()
		if command.env != "" {
			running.Env = append(running.Env, command.env)
		}
		var out bytes.Buffer
		running.Stdout, running.Stderr = &out, &out
		err := running.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Error(err)
		}
		code := running.ProcessState.ExitCode()
		if token.Match(out.Bytes()) {
			t.Errorf("%s: %s: a token was printed", s.what, s.command)
		}
		if s.what == nothingHostile && code != 0 {
			t.Errorf("%s: %s: exit code %d: %s", s.what, s.command, code, out.String())
		}
		return code
	})
}

// attempt is a value of a piece, or none.
type attempt struct {
	value   string
	hostile bool
	turn    int // other commands meet the next one
}

// walkSecrets makes Secrets with the values of a piece, and with none, and runs the commands.
func (n tenant) walkSecrets(t *testing.T, p piece, index int) {
	t.Helper()
	n.walkValue(t, p, attempt{turn: index})
	accepted := 0
	for i, value := range n.hostile() {
		if p.put != nil && p.meets(index+i) && n.walkValue(t, p, attempt{value, true, index + i}) {
			accepted++
		}
	}
	if accepted == 0 && p.put != nil {
		t.Errorf("the API server has accepted no value of %s", p.name)
	}
	n.walkViews(t, p)
}

// walkValue reports whether the API server accepts the value.
func (n tenant) walkValue(t *testing.T, p piece, a attempt) (accepted bool) {
	t.Helper()
	for kind, commands := range [][]walkCommand{namedCommands(), oneEntryCommands()} {
		if commands = p.share(commands, kind, a); len(commands) == 0 {
			continue
		}
		v := n.newVictim(fmt.Sprintf("s-%d-%d", a.turn, kind))
		s := step{what: nothingHostile}
		if kind == 1 {
			v.entries = []string{"b"}
		}
		if !a.hostile {
			v.Name = "good" + v.Name
		} else {
			p.put(v, a.value)
			s.what, s.tries = fmt.Sprintf("%s %.120q", p.name, a.value), n.triesOf(p, a.value)
		}
		made, err := n.make(t, v)
		check(t, err)
		if !made {
			return false
		}
		s.secret, s.entries = v.Name, append(slices.Clone(v.entries), slices.Collect(maps.Keys(v.values))...)
		for _, command := range commands {
			s.command = command.name
			n.runWords(t, command, s)
		}
		if p.name == "name" && a.hostile {
			break // a second Secret would have the same one
		}
	}
	return true
}

// triesOf are the keys that opening and rewrapping may try for values of a piece.
func (n tenant) triesOf(p piece, values ...string) (keys []string) {
	for _, value := range values {
		if p.tried && wellFormed(value) {
			keys = append(keys, value, "transit/"+value)
		}
	}
	return keys
}

// walkViews runs the commands about all Secrets.
func (n tenant) walkViews(t *testing.T, p piece) {
	t.Helper()
	s := step{what: "all values of " + p.name, tries: n.triesOf(p, n.hostile()...)}
	commands := viewCommands()
	if !p.matters && !p.known && !long() {
		commands = commands[len(commands)-fewViews:]
	}
	for _, command := range commands {
		s.command = command.name
		n.runWords(t, command, s)
	}
}

// reads opens the Secret with the library.
func (n tenant) reads(t *testing.T, s step) {
	t.Helper()
	for _, options := range [][]vaultseal.Option{
		{}, {vaultseal.WithLeastScope(vaultseal.Strict), vaultseal.WithTransitKey("transit/{namespace}-derived")},
	} {
		n.runs(s, func() int {
			reader, err := vaultseal.NewReader(t.Context(), append([]vaultseal.Option{
				vaultseal.WithKubeconfig(n.kubeconfig, ""), vaultseal.WithVaultAddress(theStack.vaultAddr),
				vaultseal.WithVaultCA(theStack.vaultCA), vaultseal.WithAuthMethod("jwt", n.mount),
			}, options...)...)
			check(t, err)
			_, err = reader.Open(t.Context(), s.secret)
			check(t, reader.Close(t.Context()))
			if err != nil {
				return 1
			}
			return 0
		})
	}
}

// newVictim is a Secret as vaultseal writes it, with the entries a and b.
func (n tenant) newVictim(name string) *victim {
	return &victim{
		Secret: &corev1.Secret{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
			ObjectMeta: metav1.ObjectMeta{
				Namespace: n.namespace, Name: name, Labels: map[string]string{"vaultseal.dev/sealed": "true",
					"walk": n.namespace},
				Annotations: map[string]string{"vaultseal.dev/transit-key": n.key(), "vaultseal.dev/scope": "strict"},
			},
			Type: corev1.SecretTypeOpaque,
		},
		entries: []string{"a", "b"}, values: map[string]string{}, manager: "walk",
	}
}

// seal gives the victim its entries, sealed for where it is.
func (n tenant) seal(v *victim) error {
	items := make([]map[string]any, len(v.entries))
	for i, entry := range v.entries {
		items[i] = map[string]any{"plaintext": []byte("walked"),
			"context": []byte("v1/strict/" + v.Namespace + "/" + v.Name + "/" + entry)}
	}
	ciphertexts, err := theStack.encrypt(n.namespace+"-derived", items)
	v.Data = map[string][]byte{}
	for i, ciphertext := range ciphertexts {
		v.Data[v.entries[i]] = []byte(ciphertext)
	}
	for entry, value := range v.values {
		v.Data[entry] = []byte(value)
	}
	return err
}

// make makes the Secret; false: the API server takes no such value.
func (n tenant) make(t *testing.T, v *victim) (bool, error) {
	t.Helper()
	if err := n.seal(v); err != nil {
		return false, err
	}
	core, err := theStack.core()
	if err != nil {
		return false, err
	}
	if v.applied {
		force := true
		_, err = core.Secrets(n.namespace).Patch(t.Context(), v.Name, types.ApplyPatchType, mustJSON(v.Secret),
			metav1.PatchOptions{FieldManager: v.manager, Force: &force})
	} else {
		_, err = core.Secrets(n.namespace).Create(t.Context(), v.Secret, metav1.CreateOptions{FieldManager: v.manager})
	}
	if apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) {
		return false, nil
	}
	if err != nil && v.Name == "" {
		return false, nil
	}
	return err == nil, err
}
