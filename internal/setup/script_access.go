package setup

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// prefixPlaceholder stands for the prefix of the policies' names, if only Vault knows it.
const prefixPlaceholder = "POLICY_PREFIX"

// readPolicy prints a policy in a fixed format, whatever format the administrator has configured.
const readPolicy = "vault read -format=table -field=policy sys/policies/acl/%s 2>/dev/null"

// inherited are the keys of namespaces that are not set up when the script is printed.
func (s *Setup) inherited(keys []transit.Key) []transit.Key {
	return slices.DeleteFunc(slices.Clone(keys), func(key transit.Key) bool {
		namespace, each := s.Installation.Keys.NamespaceOf(key)
		return !each || s.setUp[namespace]
	})
}

// keepNames reads the policies' names from the roles.
func (s *script) keepNames(i Installation) {
	s.line(`has() { vault read -format=json -field=token_policies auth/%s/role/"$1" 2>/dev/null | `+
		`grep -qiF "\"$2\""; }`, i.AuthMount)
	if i.policyPrefix == "" {
		return
	}
	s.line("PREFIX=%s", safe(i.AuthMount))
	older := olderSafe(i.AuthMount)
	// if two auth mounts got the same names, neither keeps them
	s.line(`SHARING=$(vault read -format=json sys/auth 2>/dev/null | grep -o '"[^"]*/":' | sort -u | `+
		`sed 's|/":$||; s|"||; s|/|-|g' | grep -ixcF %s || true)`, older)
	for _, role := range allRoles() {
		s.line(`if [ "${SHARING:-0}" -le 1 ] && has %s %s; then PREFIX=%s; fi`, role, older+"-"+role, older)
	}
}

// opens defines the shell variable opens, which is true if the installation's roles can decrypt with its keys.
func (s *script) opens(i Installation) {
	s.about("What exists and is not this installation's is not changed")
	s.line(`fail() { printf 'error: %%s\nhint: %%s\n' "$1" "$2" >&2; exit 1; }`)
	s.line("ACCESSOR=$(vault read -format=table -field=accessor sys/auth/%s 2>/dev/null || true)", i.AuthMount)
	// the path contains the accessor, a shell variable
	path := strings.NewReplacer(`"`, `\"`, "`", "\\`").Replace(fmt.Sprintf("path %q {", i.decryptPath("$ACCESSOR")))
	s.line("opens() {")
	for _, role := range []string{sealerName, readerName} {
		s.line("  if has %s %s && "+readPolicy+` | grep -qF "`+strings.ReplaceAll(path, "%", "%%")+`"; then return; fi`,
			role, i.policyName(role), i.policyName(role))
	}
	s.line("  return 1\n}")
}

// refuseUsed stops the script if the roles use other keys than the default.
func (s *script) refuseUsed(i Installation) {
	mount, name := i.keyName()
	other := &UsedKeysError{AuthMount: i.AuthMount, Used: "that are not the default", Default: mount + "/" + name}
	for _, role := range []string{sealerName, readerName} {
		s.line("if ! opens && has %s %s && "+readPolicy+" | grep -q /decrypt/; then fail %s %s; fi", role,
			i.policyName(role), i.policyName(role),
			other.Error(), s.hint(other))
	}
}

// refuse stops the script before it gives access to existing things, as setup does. A key of a namespace that was not
// set up when the script was printed must be newer than the script.
func (s *script) refuse(i Installation, inherited []transit.Key, printed time.Time) {
	engine, name := i.keyName()
	at, failure, hint := "sys/mounts/"+engine, "vault engine "+engine+": ",
		s.hint(&OthersEngineError{AuthMount: i.AuthMount})
	exists := (&OthersEngineError{AuthMount: i.AuthMount}).Error()
	if !i.Keys.PerNamespace() {
		at, failure, hint = engine+"/keys/"+name, "vault key "+engine+"/"+name+": ",
			s.hint(&OthersKeyError{AuthMount: i.AuthMount, Namespaces: i.Namespaces})
		exists = (&OthersKeyError{AuthMount: i.AuthMount}).Error()
	}
	s.line("if ! opens && vault read %s >/dev/null 2>&1; then fail %s %s; fi", at, failure+exists, hint)
	for _, p := range i.policies("") {
		other := &OthersPolicyError{Role: i.AuthMount + "/" + p.role}
		s.line("if ! has %s %s && vault read sys/policies/acl/%s >/dev/null 2>&1; then fail %s %s; fi",
			p.role, p.name, p.name, "vault policy "+strings.ReplaceAll(p.name, prefixPlaceholder,
				olderSafe(i.AuthMount))+": "+other.Error(), s.hint(other))
	}
	for _, key := range inherited {
		s.refuseInherited(i, key, printed)
	}
}

// refuseInherited compares the creation time of the oldest version, so that the script can be run again.
func (s *script) refuseInherited(i Installation, key transit.Key, printed time.Time) {
	namespace, _ := i.Keys.NamespaceOf(key)
	s.line(`MADE=$(vault read -format=json -field=keys %s/keys/%s 2>/dev/null | `+
		`grep -o '[0-9]\{9,\}' | sort -n | head -n 1)`, key.Mount, key.Name)
	s.line(`if [ "${MADE:-%s}" -lt %s ]; then fail %s %s; fi`, fmt.Sprint(printed.Unix()), fmt.Sprint(printed.Unix()),
		fmt.Sprintf("vault key %s: it exists, and namespace %s was not set up when this was printed: it may be the "+
			"key of an earlier namespace of that name. "+
			"Accounts of %s could open everything that is sealed with it", key, namespace, namespace),
		s.hint(&InheritedKeyError{Key: key, Namespace: namespace}))
}
