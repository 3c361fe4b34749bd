package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// filePieces are what a contributor to a repository writes beside the metadata of a Secret.
func filePieces(t *testing.T) []piece {
	t.Helper()
	all := []piece{
		{name: "manifest's namespace", known: true, put: func(v *victim, value string) { v.Namespace = value }},
		{name: "file name", known: true,
			put: func(v *victim, value string) { v.file = strings.ReplaceAll(value, "/", "\\") + ".yaml" }},
		{name: "kind", put: func(v *victim, value string) { v.Kind = value }},
		{name: "generated name", put: func(v *victim, value string) { v.Name, v.GenerateName = "", value }},
	}
	for _, p := range pieces(t) {
		if p.matters || p.known || strings.HasPrefix(p.name, "annotation vaultseal.dev/") {
			p.matters, p.known = false, p.matters || p.known // each command has met each value of it in the cluster
			all = append(all, p)
		}
	}
	return all
}

// fileCommands work on manifests: FILE stands for one, PLAIN for one in plaintext and DIRECTORY for all. Those that
// change nothing of the attempt come first.
func fileCommands() []walkCommand {
	return []walkCommand{
		{name: "view -f", words: "view -f FILE b"},
		{name: "view -f --require-scope", words: "view -f FILE b --require-scope strict"},
		{name: "create -f", words: "create -f PLAIN --dry-run=client -o yaml"},
		{name: "create -f --overwrite", words: "create -f PLAIN --overwrite --dry-run=server -o yaml"},
		{name: "set -f", words: "set -f FILE b --from-file=DIR/b"},
		{name: "edit -f", words: "edit -f FILE"},
		{name: "rotate -f FILE", words: "rotate -f FILE"},
		{name: "unset -f", words: "unset -f FILE a"},
	}
}

// oneEntryFileCommands are about a manifest with the entry b alone.
func oneEntryFileCommands() []walkCommand {
	return []walkCommand{
		{name: "view -f", words: "view -f FILE"},
		{name: "set -f by an encrypter", words: "set -f FILE b --from-file=DIR/b --read-back=false",
			env: "VAULTSEAL_ROLE=vaultseal-encrypter"},
		{name: "set -f", words: "set -f FILE b --from-file=DIR/b"},
	}
}

// directoryCommands work on every namespace that is set up.
func directoryCommands() []walkCommand {
	return []walkCommand{
		{name: "verify -f", words: "verify -f DIRECTORY -R --require-bound"},
		{name: "rotate -f --rewrap-only", words: "rotate -f DIRECTORY -R --rewrap-only"},
		{name: "rotate -f", words: "rotate -f DIRECTORY -R"},
	}
}

// TestWalkFiles walks what a contributor to a repository writes into it.
func TestWalkFiles(t *testing.T) {
	w := newWalk(t)
	t.Run("files", func(t *testing.T) {
		for index, piece := range filePieces(t) {
			t.Run(piece.name, func(t *testing.T) {
				t.Parallel()
				n := w.newTenant(t, metav1.ObjectMeta{Name: newName()})
				n.walkFiles(t, piece, index)
			})
		}
	})
	w.judge(t, "encrypt", "decrypt", "rewrap", "keys", "keys/rotate")
}

// walkFiles writes a manifest with each value of a piece, and one that is as it should be, and runs the commands.
func (n tenant) walkFiles(t *testing.T, p piece, index int) {
	t.Helper()
	dir := t.TempDir()
	n.walkFile(t, p, attempt{turn: index}, dir)
	for i, value := range n.hostile() {
		if p.meets(index + i) {
			n.walkFile(t, p, attempt{value, true, index + i}, dir)
		}
	}
	s := step{what: "all values of " + p.name, files: true, everywhere: true, tries: n.triesOf(p, n.hostile()...)}
	for _, command := range directoryCommands() {
		s.command = command.name
		n.runWords(t, command, s, "DIRECTORY", dir)
	}
}

func (n tenant) walkFile(t *testing.T, p piece, a attempt, dir string) {
	t.Helper()
	for kind, commands := range [][]walkCommand{fileCommands(), oneEntryFileCommands()} {
		name := fmt.Sprintf("s-%d-%d", a.turn, kind)
		v := n.newVictim(name)
		v.entries = v.entries[kind:]
		s := step{what: nothingHostile, files: true}
		if a.hostile {
			p.put(v, a.value)
			s.what, s.tries = fmt.Sprintf("%s %.120q", p.name, a.value), n.triesOf(p, a.value)
		}
		check(t, n.seal(v))
		file := filepath.Join(dir, name+".yaml")
		if v.file != "" {
			file = filepath.Join(dir, v.file)
		}
		if os.WriteFile(file, mustJSON(v.Secret), 0o600) != nil {
			continue // the system takes no such name
		}
		plain := filepath.Join(t.TempDir(), name+".yaml") // an entry's name, if it is not a Secret
		v.Data = map[string][]byte{"a": []byte("walked"), "b": []byte("walked")}
		check(t, os.WriteFile(plain, mustJSON(v.Secret), 0o600))
		s.secret, s.entries = v.Name, append(v.entries, "a", name+".yaml")
		for _, command := range p.share(commands, kind, a) {
			s.command = command.name
			s.everywhere = strings.HasPrefix(command.words, "rotate")
			n.runWords(t, command, s, "FILE", file, "PLAIN", plain)
		}
	}
}
