package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// client runs one command of the plugin after the other.
type client struct {
	*round

	id     int
	random *rand.Rand
}

// choice is a kind of operation and how often it is chosen.
type choice struct {
	kind   history.Kind
	weight int
}

// commandChoices are what clients run.
func commandChoices() []choice {
	return []choice{
		{history.Set, 16}, {history.SetField, 14}, {history.Edit, 14}, {history.Unset, 5}, {history.Create, 6},
		{history.Overwrite, 2}, {history.Merge, 8}, {history.Reseal, 5}, {history.Rotate, 8}, {history.Rewrap, 6},
		{history.Retire, 5}, {history.View, 7}, {history.Verify, 4},
	}
}

func choose(random *rand.Rand, choices []choice) history.Kind {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	chosen := random.IntN(total)
	for _, c := range choices {
		if chosen -= c.weight; chosen < 0 {
			return c.kind
		}
	}
	return choices[0].kind
}

// work runs commands until the context ends.
func (c *client) work(ctx context.Context) error {
	for ctx.Err() == nil {
		kind := choose(c.random, commandChoices())
		name := c.secrets[c.random.IntN(len(c.secrets))]
		if gone := c.gone(name); gone && !kind.Rotates() && c.random.IntN(4) > 0 {
			kind = history.Create
		}
		if err := c.operate(kind, name, true); err != nil {
			return err
		}
	}
	return nil
}

// operate runs one operation and records it. breakable: it may be killed, and takes the paths that break.
func (c *client) operate(kind history.Kind, name string, breakable bool) error {
	op := c.record.begin(c.id, kind, name)
	what := c.prepare(op)
	what.args = append(what.args, "--request-timeout=5s")
	if !kind.Reads() {
		what.args = append(what.args, "--field-manager="+managerOf(op.ID))
	}
	op.Args = what.args
	var after = c.durations.killTime(kind, c.random)
	short := c.random.IntN(3) == 0
	kubeconfig, vault := pick(c.random, c.kubeconfigs), pick(c.random, c.vaultAddresses)
	if !breakable {
		after, short = 0, false
	}
	what.env = append(what.env, c.environment(kubeconfig, vault, short)...)
	if short {
		op.Faults = append(op.Faults, "tokens of 1 s")
	}
	op.Call = c.record.now()
	result, err := c.execute(what, after)
	op.Return = c.record.now()
	if err != nil {
		return err
	}
	if result.stuck {
		c.found("operation %d (%s) did not end in %v: %v", op.ID, kind, commandEnd, op.Args)
	}
	answer := c.judge(op, result)
	c.record.end(op, answer)
	if breakable && op.Outcome == history.Unknown && !op.Killed {
		time.Sleep(rand.N(longestRest))
	}
	return nil
}

// longestRest is the longest pause after a command that failed. Without it, most commands meet a server that refuses
// connections, and do nothing.
const longestRest = time.Second

func pick[T any](random *rand.Rand, of []T) T { return of[random.IntN(len(of))] }

// judge sets the outcome of an operation.
func (c *client) judge(op *history.Operation, result said) *corev1.Secret {
	op.Killed = result.killed
	took := op.Return - op.Call
	switch {
	case result.code == 0, op.Kind == history.Verify && result.code == 3:
		c.durations.learn(op.Kind, durationOf(took))
		answer, err := read(op, result.stdout)
		if errors.Is(err, errNoClaim) {
			c.checkNoClaim(op)
			return nil
		}
		if err != nil {
			c.found("operation %d (%s) ended well and says what cannot be read: %v: %s", op.ID, op.Kind, err, op.Args)
			return nil
		}
		op.Outcome = history.OK
		c.readSeen(op)
		c.remember(op)
		return answer
	case result.killed || result.stuck:
	default:
		op.Said = firstError(result.stderr)
		if wrong := never().FindString(result.stderr); wrong != "" {
			c.found("operation %d (%s) says what must not be: %s: %s", op.ID, op.Kind, wrong, op.Args)
		}
		if op.Reason = reasonOf(result.stderr); op.Reason != "" && !op.Kind.Rotates() {
			op.Outcome = history.Refused
			c.remember(op)
		}
	}
	return nil
}

// value is one that no other operation writes.
func value(op *history.Operation, name string) string { return "v" + strconv.Itoa(op.ID) + name[:1] }

// document is the entry that has fields.
const document = "doc.json"

// entries are the names of entries that clients change.
func entries() []string { return []string{"a", "b", "c"} }

func scopes() []string { return []string{"strict", "strict", "namespace-wide", "cluster-wide"} }

// prepare is the command of an operation, whose arguments it sets.
func (c *client) prepare(op *history.Operation) command {
	namespace, name, _ := strings.Cut(op.Secrets[0], "/")
	entry := pick(c.random, entries())
	arguments := func(words ...string) []string {
		return append(append([]string{words[0], "-n", namespace}, words[1:]...), "-o", "json")
	}
	switch op.Kind {
	case history.Create, history.Overwrite:
		op.Values = map[string]string{"a": value(op, "a"), "b": value(op, "b"), document: fields("f1", value(op, "f"))}
		words := []string{"create", name}
		for _, entry := range []string{"a", "b", document} {
			words = append(words, "--from-literal="+entry+"="+op.Values[entry])
		}
		if op.Kind == history.Overwrite {
			words = append(words, "--overwrite")
		}
		return command{args: arguments(words...)}
	case history.Merge:
		op.Values = map[string]string{entry: value(op, entry)}
		return command{args: arguments("create", name, "--merge", "--from-literal="+entry+"="+op.Values[entry])}
	case history.Set:
		op.Values = map[string]string{entry: value(op, entry)}
		return command{args: arguments("set", name, entry), stdin: op.Values[entry]}
	case history.SetField:
		op.Entry, op.Field = document, "f"+strconv.Itoa(1+c.random.IntN(4))
		op.Values = map[string]string{op.Field: value(op, op.Field)}
		return command{args: arguments("set", name, document, "--path", op.Field), stdin: op.Values[op.Field]}
	case history.Unset:
		op.Entry = entry
		return command{args: arguments("unset", name, entry)}
	case history.Edit:
		return c.prepareEdit(op, name, entry, arguments)
	case history.Reseal:
		op.Scope = pick(c.random, scopes())
		return command{args: arguments("reseal", name, "--scope", op.Scope)}
	case history.View:
		if c.random.IntN(2) == 0 {
			op.Entry = entry
			return command{args: []string{"view", "-n", namespace, name, entry}}
		}
		return command{args: arguments("view", name, "--manifest")}
	case history.Verify:
		return command{args: arguments("verify", name)}
	}
	return c.prepareRotation(op, namespace, name, arguments)
}

// prepareEdit edits one entry that it names, or one of all that are shown.
func (c *client) prepareEdit(
	op *history.Operation, name, entry string, arguments func(...string) []string,
) command {
	op.Values = map[string]string{entry: value(op, entry)}
	env := []string{"ROBUSTNESS_SEEN=" + c.seenFile(op), "ROBUSTNESS_VALUE=" + op.Values[entry]}
	words := []string{"edit", name}
	if c.random.IntN(2) == 0 {
		op.Entry = entry
		words = append(words, entry)
	} else {
		env = append(env, fmt.Sprintf("ROBUSTNESS_EDIT=s/^%s: .*/%s: %s/", entry, entry, op.Values[entry]))
	}
	return command{args: arguments(words...), env: env}
}

func (w *world) seenFile(op *history.Operation) string {
	return filepath.Join(w.dir, "seen-"+strconv.Itoa(op.ID))
}

// readSeen sets what an edit was shown of the entry that it has changed.
func (c *client) readSeen(op *history.Operation) {
	if op.Kind != history.Edit {
		return
	}
	text, err := os.ReadFile(c.seenFile(op))
	if err != nil {
		c.found("operation %d (edit) ended well and opened no editor", op.ID)
		return
	}
	seenOf(op, text)
}

// checkNoClaim checks that an edit that says nothing was shown nothing that it has changed.
func (c *client) checkNoClaim(op *history.Operation) {
	c.readSeen(op)
	for name := range op.Values {
		if op.Kind == history.Edit && op.Seen[name] != "" {
			c.found("operation %d (edit) ended well, and did not save what was changed in %s", op.ID, name)
		}
	}
}

// prepareRotation rotates one Secret, a namespace or all.
func (c *client) prepareRotation(
	op *history.Operation, namespace, name string, arguments func(...string) []string,
) command {
	var args []string
	switch chosen := c.random.IntN(4); {
	case op.Kind == history.Retire || chosen == 0:
		op.Secrets = c.secrets
		args = []string{"rotate", "-A", "-o", "json"}
	case chosen == 1:
		args = arguments("rotate", name)
	default:
		op.Secrets = c.inNamespace(namespace)
		args = arguments("rotate")
	}
	switch op.Kind {
	case history.Rewrap:
		args = append(args, "--rewrap-only")
	case history.Retire:
		args = append(args, "--retire", "--yes", "--keep", strconv.Itoa(1+c.random.IntN(2)))
	}
	return command{args: args}
}

func (w *world) inNamespace(namespace string) []string {
	var names []string
	for _, name := range w.secrets {
		if strings.HasPrefix(name, namespace+"/") {
			names = append(names, name)
		}
	}
	return names
}
