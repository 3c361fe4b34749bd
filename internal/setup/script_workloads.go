package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// WorkloadScript returns the roles of Workloads as commands of the vault CLI, or with remove their deletion. They
// refuse what PlanWorkloads refuses. It reads only from the API server.
func (s *Setup) WorkloadScript(ctx context.Context, remove bool, hint func(refusal error) string) (string, error) {
	finds := []func(context.Context) error{s.readUID}
	if !remove {
		finds = append(finds, s.checkNamespaces, s.readSetUp, s.noteMissingAccounts)
	}
	for _, find := range finds {
		if err := find(ctx); err != nil {
			return "", err
		}
	}
	i := s.Installation
	key, err := i.Keys.For(i.Namespaces[0])
	if err != nil {
		return "", err
	}
	notSetUp := &NotSetUpError{Namespace: i.Namespaces[0], Key: key, Shared: !i.Keys.PerNamespace()}
	if !remove && i.Keys.PerNamespace() && !s.setUp[i.Namespaces[0]] {
		return "", notSetUp
	}
	if olderSafe(i.AuthMount) != safe(i.AuthMount) {
		i.policyPrefix = prefixPlaceholder
	}
	out := script{hint: hint}
	out.line("#!/bin/sh")
	out.line("# Roles of workloads that open their sealed Secrets.")
	out.line("set -eu")
	out.keepNames(i)
	out.opens(i)
	out.readMount(i)
	out.refuseOthersMount(i)
	out.compare()
	if !remove {
		out.refuseNotInstalled(i, notSetUp)
		out.keepAudience(i)
	}
	for _, account := range s.workloads() {
		if role := workloadRole(account); remove {
			out.deleteWorkload(i, role)
		} else {
			out.workloadRole(i, role, s.ReplaceRoles)
		}
	}
	return strings.ReplaceAll(out.String(), prefixPlaceholder, "$PREFIX"), nil
}

// Notes returns what the user should know about the script.
func (s *Setup) Notes() []string { return s.notes }

// refuseNotInstalled stops the script if Vault does not have the installation, or the installation not the namespace.
func (s *script) refuseNotInstalled(i Installation, notSetUp *NotSetUpError) {
	s.about("The installation and the namespace must exist")
	other := &NotInstalledError{AuthMount: i.AuthMount, Keys: i.Keys.String()}
	s.line("if ! has %s %s || ! opens; then fail %s %s; fi", readerName, i.policyName(readerName), other.Error(),
		s.hint(other))
	if !notSetUp.Shared {
		s.line("if ! vault read %s/keys/%s >/dev/null 2>&1; then fail %s %s; fi", notSetUp.Key.Mount, notSetUp.Key.Name,
			notSetUp.Error(), s.hint(notSetUp))
		return
	}
	field, bound := "bound_service_account_namespaces", `"`+notSetUp.Namespace+`"`
	if i.Method == transit.MethodJWT {
		field, bound = "bound_claims", `"`+subjectPrefix+notSetUp.Namespace+":"+readerName+`"`
	}
	s.line("if ! vault read -format=json -field=%s auth/%s/role/%s 2>/dev/null | grep -qF %s; then fail %s %s; fi",
		field, i.AuthMount, readerName, bound, notSetUp.Error(), s.hint(notSetUp))
}

// audienceField is the parameter of a role that has its audience.
func (i Installation) audienceField() string {
	if i.Method == transit.MethodJWT {
		return "bound_audiences"
	}
	return "audience"
}

// audiencePlaceholder stands for the audience, if only Vault knows it.
const audiencePlaceholder = "AUDIENCE_JSON"

// keepAudience defines AUDIENCE, the JSON of the audience. If no flag specifies it, it is that of the installation's
// roles.
func (s *script) keepAudience(i Installation) {
	if i.Unsaid.Audience {
		s.line(`AUDIENCE=$(vault read -format=json -field=%s auth/%s/role/%s)`, i.audienceField(), i.AuthMount,
			readerName)
		return
	}
	s.line("AUDIENCE=%s", asJSON(role{accounts: []string{""}}.bounds(i)[i.audienceField()]))
}

// compare defines the shell functions same and unset, which compare a parameter of a role with JSON.
func (s *script) compare() {
	s.line("squeezed() { tr -d ' \\n'; }")
	s.line(`same() { [ "$(vault read -format=json -field="$2" "$1" | squeezed)" = "$(printf %%s "$3" | squeezed)" ]; }`)
	s.line(`unset_in() { case "$(vault read -format=json -field="$2" "$1" 2>/dev/null | squeezed)" in ''|'""') ;; *) ` +
		`return 1;; esac; }`)
}

// sameBounds returns a condition: the role in Vault has these bounds, except for the audience.
func (s *script) sameBounds(i Installation, r role, at string) string {
	var conditions []string
	bounds := r.bounds(i)
	for _, field := range slices.Sorted(maps.Keys(bounds)) {
		if field != i.audienceField() {
			conditions = append(conditions, "same "+shell.Quote(at)+" "+field+" "+shell.Quote(asJSON(bounds[field])))
		}
	}
	if i.Method == transit.MethodKubernetes {
		conditions = append(conditions, "unset_in "+shell.Quote(at)+" "+namespaceSelector)
	}
	return strings.ReplaceAll(strings.Join(conditions, " && "), "%", "%%")
}

// workloadRole writes a role, unless one of that name has other bounds.
func (s *script) workloadRole(i Installation, r role, replace bool) {
	at := "auth/" + i.AuthMount + "/role/" + r.name
	s.about("Role " + r.name)
	if !replace {
		s.line("if vault read %s >/dev/null 2>&1 && ! { "+s.sameBounds(i, r, at)+` && same %s %s "$AUDIENCE"; }; then `+
			"fail %s %s; fi", at, at, i.audienceField(),
			fmt.Sprintf("vault role %s/%s: it exists with other bounds", i.AuthMount, r.name),
			s.hint(&BoundsError{Role: r.name}))
	}
	parameters := r.parameters(i)
	parameters[i.audienceField()] = audiencePlaceholder
	text, err := json.MarshalIndent(parameters, "", "  ")
	if err != nil {
		panic(err) // parameters of Vault are strings, numbers, lists and maps of these
	}
	s.line("vault write %s - <<EOF", at)
	s.input(strings.ReplaceAll(literally.Replace(string(text)), `"`+audiencePlaceholder+`"`, "$AUDIENCE"))
}

// deleteWorkload deletes a role that setup created.
func (s *script) deleteWorkload(i Installation, r role) {
	at := "auth/" + i.AuthMount + "/role/" + r.name
	s.about("Role " + r.name)
	s.line("if vault read %s >/dev/null 2>&1; then", at)
	s.line("  if "+s.sameBounds(i, r, at)+" && has %s %s; then vault delete %s", r.name, i.policyOf(r), at)
	stays := fmt.Sprintf("note: vault role %s/%s stays, because setup did not create it: it has other bounds or "+
		"policies", i.AuthMount, r.name)
	s.line("  else printf '%%s\n' %s >&2; fi", stays)
	s.line("fi")
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // parameters of Vault are strings, numbers, lists and maps of these
	}
	return string(text)
}
