package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The Secrets of this suite, and what they hold.
const (
	secretName  = "secrets" // sealed once, then only read
	createdName = "created" // created again by each repetition of create
	rotatedName = "rotated"
	entryName   = "secrets.json"

	plaintextSize = 1000
	megabyte      = 1e6
	agentOfPlugin = "kubectl-vaultseal"
	agentOfBare   = "vaultseal-barechain"
	agentOfLean   = "vaultseal-leanchain"
	agentOfLib    = "vaultseal-library"
)

// measureCommands measures single commands as whole processes.
func measureCommands(ctx context.Context, s *stage, o options, r *report) error {
	c, err := newCommandSet(ctx, s)
	if err != nil {
		return fmt.Errorf("set up the commands: %w", err)
	}
	all := c.all()
	if o.other != "" {
		all = append(all, besidePlugin(all, s.programs.plugin, o.other)...)
	}
	progress("measuring %d rounds of %d commands", o.warmups+o.repeats, len(all))
	samples, err := interleave(ctx, all, s.environment(), o)
	if err != nil {
		return err
	}
	measured := make(map[string]series, len(all))
	for i, command := range all {
		measured[command.Name] = series{command, samples[i]}
		r.Timings = append(r.Timings, timingOf(command, samples[i]))
	}
	counts, err := countRequests(ctx, s, c.all())
	if err != nil {
		return err
	}
	r.Requests = append(r.Requests, counts...)
	if err := c.stillOpens(ctx, s); err != nil {
		return err
	}

	info, err := os.Stat(s.programs.plugin)
	if err != nil {
		return err
	}
	r.Verdicts = append(r.Verdicts,
		compare(measured[c.view.Name], measured[c.bareChain.Name], atMost(1.15)),
		compareCPU(measured[c.view.Name], measured[c.bareChain.Name], limit{}),
		compare(measured[c.view.Name], measured[c.leanChain.Name], atMost(1.3)),
		compareCPU(measured[c.view.Name], measured[c.leanChain.Name], limit{}),
		compare(measured[c.libraryOpen.Name], measured[c.bareChain.Name], atMost(1.3)),
		compare(measured[c.view.Name], measured[c.kubectlGet.Name], under(0.55)),
		compare(measured[c.help.Name], measured[c.floor.Name], atMost(1.2)),
		compareCPU(measured[c.help.Name], measured[c.floor.Name], atMost(1.2)),
		compare(measured[c.help.Name], measured[c.kubectlHelp.Name], under(0.3)),
		compare(measured[c.complete.Name], measured[c.kubectlComplete.Name], limit{}),
		judge("stripped binary", float64(info.Size())/megabyte, "MB", under(40)))
	r.Verdicts = append(r.Verdicts, compareTwins(measured, s.programs.plugin, o.other)...)
	return nil
}

// commandSet is what this suite runs. Programs that are compared run one after the other.
type commandSet struct {
	plaintext                               []byte
	bareChain, view, leanChain, libraryOpen command
	kubectlGet, create, verify, rotate      command
	floor, help, kubectlHelp                command
	complete, kubectlComplete               command
}

func (c *commandSet) all() []command {
	return []command{c.bareChain, c.view, c.leanChain, c.libraryOpen, c.kubectlGet, c.create, c.verify, c.rotate,
		c.floor, c.help, c.kubectlHelp, c.complete, c.kubectlComplete}
}

func newCommandSet(ctx context.Context, s *stage) (*commandSet, error) {
	c := &commandSet{plaintext: document()}
	file := filepath.Join(s.dir, entryName)
	if err := os.WriteFile(file, c.plaintext, 0o600); err != nil {
		return nil, err
	}
	plugin := func(name string, check func([]byte) error, args ...string) command {
		argv := append([]string{s.programs.plugin, "-n", s.namespace}, args...)
		return command{Name: name, argv: argv, agent: agentOfPlugin, check: check}
	}
	seal := func(name, key string) command {
		return plugin("create", contains("secret/"+name), "create", name, "-f", file, "--transit-key", key)
	}
	for _, sealing := range []command{seal(secretName, s.key), seal(rotatedName, s.rotateKey)} {
		if _, err := sealing.run(ctx, s.environment()); err != nil {
			return nil, err
		}
	}

	same := isExactly(c.plaintext)
	c.bareChain = command{Name: "bare chain", agent: agentOfBare, check: same,
		argv: []string{s.programs.bareChain, s.namespace, secretName}}
	c.leanChain = command{Name: "lean chain", agent: agentOfLean, check: same,
		argv: []string{s.programs.leanChain, s.namespace, secretName}}
	c.libraryOpen = command{Name: "library's Open", agent: agentOfLib, check: same,
		argv: []string{s.programs.libraryOpen, s.namespace, secretName, entryName}}
	c.view = plugin("view", same, "view", secretName)
	c.kubectlGet = command{Name: "kubectl get secret -o yaml", check: contains("name: " + secretName),
		argv: []string{s.programs.kubectl, "-n", s.namespace, "get", "secret", secretName, "-o", "yaml"}}
	c.floor = command{Name: "floor --help", check: contains("--kubeconfig"),
		argv: []string{s.programs.floor, "--help"}}
	c.help = command{Name: "--help", check: contains("view"), argv: []string{s.programs.plugin, "--help"}}
	c.kubectlHelp = command{Name: "kubectl --help", check: contains("get"),
		argv: []string{s.programs.kubectl, "--help"}}
	c.create = seal(createdName, s.key)
	c.create.prepare = func(ctx context.Context) error { return s.deleteSecret(ctx, createdName) }
	c.verify = plugin("verify", anything, "verify", secretName)
	c.rotate = plugin("rotate", contains("secret/"+rotatedName), "rotate", rotatedName, "--transit-key", s.rotateKey,
		"-o", "name")
	c.complete = plugin("complete view", contains(secretName), "__complete", "view", "")
	c.kubectlComplete = command{Name: "kubectl complete get secrets", check: contains(secretName),
		argv: []string{s.programs.kubectl, "__complete", "get", "-n", s.namespace, "secrets", ""}}
	return c, nil
}

func anything([]byte) error { return nil }

// stillOpens checks what create and rotate have left.
func (c *commandSet) stillOpens(ctx context.Context, s *stage) error {
	for _, name := range []string{createdName, rotatedName} {
		view := c.view
		view.Name = "view " + name
		view.argv = append(append([]string{}, c.view.argv[:len(c.view.argv)-1]...), name)
		if _, err := view.run(ctx, s.environment()); err != nil {
			return err
		}
	}
	return nil
}

// document is a JSON document of plaintextSize bytes.
func document() []byte { return documentOf(plaintextSize) }

// documentOf is a JSON document of so many bytes, written as view prints it.
func documentOf(size int) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	value := map[string]any{"database": map[string]string{"user": "app", "password": ""}}
	if err := encoder.Encode(value); err != nil {
		panic(err) // strings and maps always encode
	}
	filler := strings.Repeat("0123456789abcdef", size/16+1)[:size-text.Len()]
	return bytes.Replace(text.Bytes(), []byte(`"password": "`), []byte(`"password": "`+filler), 1)
}
