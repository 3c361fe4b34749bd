package model

import (
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

func rotationStories() map[string]story {
	return map[string]story{
		"rotate": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rotate, 2), state("a=1a v2", "b=1b v2"))
		}, ""},
		"rewrap of one entry": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v2", "b=1b v1"))
			t.did(rotation(history.Rewrap, 2), state("a=2 v2", "b=1b v2"))
		}, ""},
		"rewrap beyond": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=1a v3", "b=1b v3"))
		}, ""},
		"rewrap of half": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=1a v2", "b=1b v1"))
		}, order},
		"rewrap back": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v3", "b=1b v1"))
			t.did(rotation(history.Rewrap, 2), state("a=2 v2", "b=1b v2"))
		}, order},
		"rewrap changes a value": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=other v2", "b=1b v2"))
		}, order},
		"rewrap of another scope": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), scoped(state("a=1a v2", "b=1b v2"), "cluster-wide"))
		}, order},
		"rewrap drops an entry": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=1a v2"))
		}, order},
		"rewrap adds an entry": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=1a v2", "b=1b v2", "c=3 v2"))
		}, order},
		"rewrap makes a Secret": {func(t *teller) {
			t.did(rotation(history.Rewrap, 2), state("a=1a v2"))
		}, order},
		"rewrap of what is": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 1), state("a=1a v1", "b=1b v1"))
		}, order},
		"rewrap does not open": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), broken(state("a=1a v2", "b=1b v2"), "a"))
		}, order},
		"rotate puts a value back": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.did(rotation(history.Rotate, 2), state("a=1a v2", "b=1b v2"))
			t.together(2)
			t.view("a", "1a", "b", "1b")
		}, order},
		"nothing to rewrap":       {func(t *teller) { t.create(); t.op(rotation(history.Rewrap, 1)) }, ""},
		"nothing there to rewrap": {func(t *teller) { t.op(rotation(history.Rewrap, 2)); t.create() }, ""},
		"left, and says so": {func(t *teller) {
			t.create()
			t.op(rotation(history.Rewrap, 2, theSecret))
		}, ""},
		"created before a read, and left": {func(t *teller) {
			t.create()
			t.get(state("a=1a v1", "b=1b v1"))
			t.op(rotation(history.Rotate, 2))
			t.h.Operations[0].Return = t.now
		}, order},
		"left, and does not say so": {func(t *teller) {
			t.create()
			t.op(rotation(history.Rewrap, 2))
		}, order},
		"left, and its key is not named": {func(t *teller) { t.create(); t.op(rotation(history.Rewrap, 0)) }, order},
		"created during the rotation": {func(t *teller) {
			t.create()
			t.op(rotation(history.Rotate, 2))
			t.together(2)
		}, ""},
	}
}
