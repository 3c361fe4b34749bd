package setup

import (
	"strings"
)

// The script reads from Vault what the command line leaves out, and keeps it.

// policies writes the policies. Without a flag, the rotator keeps its right to retire key versions.
func (s *script) policies(i Installation) {
	for _, p := range i.policies("$ACCESSOR") {
		if p.name != i.policyName(rotatorName) || i.AllowRetire || !i.Unsaid.AllowRetire {
			s.policy(p)
			continue
		}
		s.line("if "+readPolicy+" | grep -qF %s; then", p.name, i.retireRule())
		may := i
		may.AllowRetire = true
		for _, retiring := range may.policies("$ACCESSOR") {
			if retiring.name == p.name {
				s.policy(retiring)
			}
		}
		s.line("else")
		s.policy(p)
		s.line("fi")
	}
}

func (s *script) policy(p policy) {
	s.line("vault policy write %s - <<EOF", p.name)
	s.input(p.text())
}

// roles writes the roles. Roles of a shared key keep the namespaces that they are bound to.
func (s *script) roles(i Installation) {
	for _, r := range i.roles() {
		at := "auth/" + i.AuthMount + "/role/" + r.name
		if r.name == rotatorName || i.Keys.PerNamespace() {
			s.write(at, r.parameters(i))
			continue
		}
		s.sharedRole(i, r, at)
	}
	if i.EncryptOnly || i.Unsaid.EncryptOnly {
		return
	}
	s.line("vault delete %s >/dev/null", "auth/"+i.AuthMount+"/role/"+encrypterName)
	s.line("vault policy delete %s >/dev/null", i.policyName(encrypterName))
}

// boundPlaceholder stands for the list of bounds, which the shell creates.
const boundPlaceholder = "BOUND_LIST"

// sharedRole lists the current and the wanted bounds of the role, each once, as JSON.
func (s *script) sharedRole(i Installation, r role, at string) {
	parameters := r.parameters(i)
	field, word, is := "bound_service_account_namespaces", `"[a-z0-9-]*"`,
		parameters["bound_service_account_namespaces"]
	if i.Method == "jwt" {
		claims, _ := parameters["bound_claims"].(map[string]any)
		field, word, is = "bound_claims", `"`+subjectPrefix+`[a-z0-9-]*:[a-z0-9-]*"`, claims["sub"]
		parameters["bound_claims"] = map[string]any{"sub": boundPlaceholder}
	} else {
		parameters[field] = boundPlaceholder
	}
	bounds, _ := is.([]string)
	s.line(`BOUND=$({ vault read -format=json -field=%s %s 2>/dev/null | grep -o %s || true; printf '"%%s"\n'`+
		strings.Repeat(" %s", len(bounds))+`; } | sort -u | paste -sd, -)`,
		append([]string{field, at, word}, bounds...)...)
	s.writeFilled(at, parameters, `"`+boundPlaceholder+`"`, "[$BOUND]")
}
