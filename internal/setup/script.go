package setup

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Script returns Vault's side as commands of the vault CLI for a POSIX shell. Administrators who can only write to the
// cluster give it to those who can write to Vault. It does not contain the reviewer's token, but requests one with
// kubectl. It creates things in the order of setup, and refuses what setup refuses: see access. hint returns what those
// who run the script do about such a refusal.
func (s *Setup) Script(hint func(refusal error) string) (string, error) {
	i := s.Installation
	keys, err := i.keys()
	if err != nil {
		return "", err
	}
	if older := olderSafe(i.AuthMount); older != safe(i.AuthMount) {
		i.policyPrefix = prefixPlaceholder
	}
	engine, _ := i.keyName()
	out := script{hint: hint}
	out.line("#!/bin/sh")
	out.line("# Vault's side of vaultseal. Existing objects are not created again.")
	out.line("set -eu")
	out.keepNames(i)
	out.opens(i)
	out.readMount(i)
	if !s.ReplaceRoles {
		out.refuseOthersMount(i)
	}
	if i.Unsaid.Keys {
		out.refuseUsed(i)
	}
	if !s.ReuseKeys {
		out.refuse(i, s.inherited(keys), s.Now())
	}
	out.login(i, s.ReplaceRoles)
	out.about("Who may do what")
	out.roles(i)
	if i.Keys.PerNamespace() {
		out.line("ACCESSOR=$(vault read -format=table -field=accessor sys/auth/%s)", i.AuthMount)
	}
	out.policies(i)
	out.about("The transit engine, and keys that bind each ciphertext to its place")
	out.line("vault read sys/mounts/%s >/dev/null 2>&1 || vault secrets enable -path=%s transit", engine, engine)
	out.noteKeyUser(i)
	for _, key := range keys {
		out.line("vault write %s/keys/%s type=%s derived=true", key.Mount, key.Name, keyType)
	}
	if i.makesReviewer() {
		out.keep(i.System)
	}
	return strings.ReplaceAll(out.String(), prefixPlaceholder, "$PREFIX"), nil
}

// login enables and configures the auth method. With replace it may be another cluster's so far.
func (s *script) login(i Installation, replace bool) {
	s.about("Login with ServiceAccount tokens of the cluster")
	description := []string{}
	if i.Cluster.UID != "" {
		description = append(description, "-description="+i.Cluster.marked(""))
	}
	s.line("vault read sys/auth/%s >/dev/null 2>&1 || vault auth enable -path=%s"+
		strings.Repeat(" %s", len(description)+1),
		append([]string{i.AuthMount, i.AuthMount}, append(description, string(i.Method))...)...)
	if i.Method == transit.MethodJWT {
		s.keySource(i, replace)
		return
	}
	parameters := i.authParameters()
	if i.makesReviewer() {
		s.issue(i.System)
		parameters[reviewerParameter] = reviewerPlaceholder
	}
	s.write("auth/"+i.AuthMount+"/config", parameters)
}

type script struct {
	strings.Builder

	hint func(refusal error) string
}

// line adds a line with its words quoted for the shell.
func (s *script) line(format string, words ...string) {
	var quoted []any
	for _, word := range words {
		quoted = append(quoted, shell.Quote(word))
	}
	fmt.Fprintf(s, format+"\n", quoted...)
}

func (s *script) about(text string) { fmt.Fprintf(s, "\n# %s\n", text) }

// input adds a here-document, for a line that ends with <<EOF.
func (s *script) input(text string) { fmt.Fprintf(s, "%s\nEOF\n", strings.TrimSuffix(text, "\n")) }

// write sends parameters as JSON on stdin, so that process arguments contain none.
func (s *script) write(path string, parameters map[string]any) {
	s.writeFilled(path, parameters, reviewerPlaceholder, "$REVIEWER")
}

// writeFilled does the same with one text of the JSON replaced by what the shell expands.
func (s *script) writeFilled(path string, parameters map[string]any, placeholder, variable string) {
	text, err := json.MarshalIndent(parameters, "", "  ")
	if err != nil {
		panic(err) // parameters of Vault are strings, numbers, lists and maps of these
	}
	s.line("vault write %s - <<EOF", path)
	s.input(strings.ReplaceAll(literally.Replace(string(text)), placeholder, variable))
}

// issue requests the reviewer's token and its expiry, because the API server may grant less than requested.
func (s *script) issue(system string) {
	s.line("ISSUED=$(date -u +%%Y-%%m-%%dT%%H:%%M:%%SZ)")
	s.line("REVIEWER=$(kubectl create token %s -n %s --duration=%s -o 'jsonpath={.status.token} "+
		"{.status.expirationTimestamp}')",
		reviewerName, system, fmt.Sprintf("%.0fh", reviewerTokenLife.Hours()))
	s.line("EXPIRES=${REVIEWER#* }")
	s.line("REVIEWER=${REVIEWER%% *}")
}

// keep records the token's expiry where setup reads it. It is the last command, so that the others also run for users
// who cannot write there.
func (s *script) keep(system string) {
	s.about("For setup, which makes the reviewer a new token in time")
	s.line(`kubectl annotate serviceaccount %s -n %s --overwrite --field-manager=%s %s="$ISSUED" %s="$EXPIRES"`,
		reviewerName, system, tokenFieldManager, issuedAnnotation, expiresAnnotation)
}

const reviewerPlaceholder = "REVIEWER_TOKEN"

// literally escapes a JSON text so that the shell does not change it.
var literally = strings.NewReplacer(`\\`, `\u005c`, "$", `\u0024`, "`", `\u0060`)
