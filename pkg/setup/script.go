package setup

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Script is Vault's side as commands of the vault CLI, for a POSIX shell: for administrators who may write to
// the cluster, to give to those who may write to Vault. The reviewer's token is not in it; the script asks
// kubectl for one.
func (i Installation) Script() (string, error) {
	keys, err := i.keys()
	if err != nil {
		return "", err
	}
	engine, _ := i.keyName()
	var s script
	s.line("#!/bin/sh")
	s.line("# Vault's side of vaultseal. What is there already is not made again.")
	s.line("set -eu")
	s.about("The transit engine, and keys that bind each ciphertext to its place")
	s.line("vault read sys/mounts/%s >/dev/null 2>&1 || vault secrets enable -path=%s transit", engine, engine)
	for _, key := range keys {
		s.line("vault write %s/keys/%s type=%s derived=true", key.Mount, key.Name, keyType)
	}
	s.about("Login with ServiceAccount tokens of the cluster")
	s.line("vault read sys/auth/%s >/dev/null 2>&1 || vault auth enable -path=%s %s", i.AuthMount, i.AuthMount, i.Method)
	parameters := i.authParameters()
	if i.makesReviewer() {
		s.line("REVIEWER=$(kubectl create token %s -n %s --duration=%.0fh)", reviewerName, i.System, reviewerTokenLife.Hours())
		parameters[reviewerParameter] = reviewerPlaceholder
	}
	s.write("auth/"+i.AuthMount+"/config", parameters)
	s.about("Who may do what")
	if i.Keys.PerNamespace() {
		s.line("ACCESSOR=$(vault read -field=accessor sys/auth/%s)", i.AuthMount)
	}
	for _, p := range i.policies("$ACCESSOR") {
		s.line("vault policy write %s - <<EOF\n%sEOF", p.name, p.text())
	}
	for _, r := range i.roles() {
		s.write("auth/"+i.AuthMount+"/role/"+r.name, r.parameters(i))
	}
	return s.String(), nil
}

type script struct{ strings.Builder }

func (s *script) line(format string, args ...any) { fmt.Fprintf(s, format+"\n", args...) }

func (s *script) about(text string) { s.line("\n# %s", text) }

// write sends parameters as JSON on stdin, so that none is in a process's arguments.
func (s *script) write(path string, parameters map[string]any) {
	text, err := json.MarshalIndent(parameters, "", "  ")
	if err != nil {
		panic(err) // parameters of Vault are strings, numbers, lists and maps of these
	}
	plain := strings.ReplaceAll(literally.Replace(string(text)), reviewerPlaceholder, "$REVIEWER")
	s.line("vault write %s - <<EOF\n%s\nEOF", path, plain)
}

const reviewerPlaceholder = "REVIEWER_TOKEN"

// literally keeps the shell from seeing anything of its own in a JSON text.
var literally = strings.NewReplacer(`\\`, `\u005c`, "$", `\u0024`, "`", `\u0060`)
