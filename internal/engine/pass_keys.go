package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// prepareWorkers is the number of transit keys that are prepared at once.
const prepareWorkers = 8

// keyState is one transit key during a pass.
type keyState struct {
	vault      vault // of the first Secret under it, for requests about the key itself
	key        transit.Key
	namespaces map[string]bool // that prepare has seen
	asked      bool            // Vault has been asked for its metadata

	info     transit.KeyInfo // as of the last prepare
	from     int             // latest version before the pass
	target   int             // version that every entry must get
	rotated  bool
	young    bool      // not rotated, because its latest version is younger than requested
	unproven bool      // not rotated, because no entry has authenticated with it
	unknown  bool      // it may have been rotated
	since    time.Time // versions of this pass are not older; zero: there are none
	required bool      // its failure is one of the pass, even if no Secret has it
	owned    bool      // the configured key of a namespace in view, or the key of a named Secret
	err      error     // why the key cannot be used
	proof    keyProof  // whether it is derived, if its metadata cannot be read

	denied map[string]error // by namespace whose account may not use the key
}

// errIn is why the key cannot be used in a namespace.
func (k *keyState) errIn(namespace string) error {
	if err := k.denied[namespace]; err != nil {
		return err
	}
	return k.err
}

// namespaceTasks are the Secrets of a page with one namespace and one key.
type namespaceTasks struct {
	namespace string
	tasks     []*task
}

// passKeys are the transit keys of a pass. They are for one goroutine.
type passKeys struct {
	pass   *pass
	states map[transit.Key]*keyState
	begun  bool // a Secret has been seen
}

func (k *passKeys) state(namespace string, key transit.Key) *keyState {
	state := k.states[key]
	if state == nil {
		state = &keyState{
			vault: k.pass.client.vault(namespace), key: key, namespaces: map[string]bool{}, denied: map[string]error{},
		}
		k.states[key] = state
	}
	return state
}

// prepare prepares the keys of a page concurrently. It completes what it has started, even if another key has an error
// that ends the pass: after a cancelled rotation it would be unknown whether it happened.
func (k *passKeys) prepare(ctx context.Context, tasks []*task) error {
	keys := k.toPrepare(tasks)
	var group errgroup.Group
	group.SetLimit(prepareWorkers)
	var ended atomic.Bool
	for state, byNamespace := range keys {
		group.Go(func() error {
			for _, one := range byNamespace {
				if ctx.Err() != nil || ended.Load() {
					return ctx.Err()
				}
				if state.err == nil {
					k.prepareKey(ctx, state, *one)
				}
			}
			if fatal(state.err) {
				ended.Store(true)
				return state.err
			}
			return nil
		})
	}
	return group.Wait()
}

// toPrepare are the keys of a page to prepare, with their Secrets by namespace: those of namespaces that the key is not
// yet prepared for, and those under an unproven key.
func (k *passKeys) toPrepare(tasks []*task) map[*keyState][]*namespaceTasks {
	keys := map[*keyState][]*namespaceTasks{}
	if first := first(tasks); !k.begun && first != nil {
		k.begun = true
		namespace := first.live.Namespace
		for _, key := range k.pass.extraKeys(namespace) {
			state := k.state(namespace, key)
			state.required = true
			keys[state] = []*namespaceTasks{{namespace: namespace}}
		}
	}
	for _, t := range tasks {
		if t.err == nil && t.state != nil {
			keys[t.state] = addTask(keys[t.state], t)
		}
	}
	for state, byNamespace := range keys {
		byNamespace = slices.DeleteFunc(byNamespace, func(s *namespaceTasks) bool {
			return state.namespaces[s.namespace] && !state.unproven
		})
		for _, one := range byNamespace {
			state.namespaces[one.namespace] = true
		}
		keys[state] = byNamespace
	}
	maps.DeleteFunc(keys, func(_ *keyState, byNamespace []*namespaceTasks) bool { return len(byNamespace) == 0 })
	return keys
}

// addTask adds a Secret to those of its namespace.
func addTask(byNamespace []*namespaceTasks, t *task) []*namespaceTasks {
	for _, one := range byNamespace {
		if one.namespace == t.secret.Namespace {
			one.tasks = append(one.tasks, t)
			return byNamespace
		}
	}
	return append(byNamespace, &namespaceTasks{t.secret.Namespace, []*task{t}})
}

// first is the first Secret in view. In files it must be one that can be used.
func first(tasks []*task) *task {
	for _, t := range tasks {
		if t.file == "" || t.err == nil && t.state != nil {
			return t
		}
	}
	return nil
}

// prepareKey prepares a key for a namespace. If the user named the Secrets, a key that is denied to one namespace's
// account may be open to that of another.
func (k *passKeys) prepareKey(ctx context.Context, state *keyState, of namespaceTasks) {
	if !k.pass.client.named(k.pass.selection) {
		state.err = ofKey(ctx, state.vault, k.pass.prepare(ctx, state, of))
		return
	}
	if state.info.LatestVersion == 0 {
		state.vault = k.pass.client.vault(of.namespace)
	}
	err := ofKey(ctx, state.vault, k.pass.prepare(ctx, state, of))
	if !errors.Is(err, transit.ErrDenied) {
		state.err = err
		return
	}
	state.denied[of.namespace] = err
	if len(state.denied) == len(state.namespaces) {
		state.err = err
	}
}
