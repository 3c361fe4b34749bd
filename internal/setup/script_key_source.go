package setup

import (
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// caPlaceholder stands for a CA certificate that only Vault has, as JSON.
const caPlaceholder = "KEPT_CA"

// keySource configures the jwt method. Without a flag, a URL that Vault reads the keys at stays with everything that
// belongs to it, unless the mount is taken over from another cluster. The script cannot try a login.
func (s *script) keySource(i Installation, replace bool) {
	at := "auth/" + i.AuthMount + "/config"
	s.readable(at)
	source, parameters := i.KeySource, i.keyParameters(i.KeySource)
	switch {
	case !i.Unsaid.KeySource && i.Unsaid.KeyCA && !source.Static():
		s.line(`CA='""'`)
		s.line(`if [ "$(config %s)" = %s ]; then CA=$(config %s); fi`, string(source.Parameter), asJSON(source.URL),
			source.Parameter.CA())
		parameters[source.Parameter.CA()] = caPlaceholder
		s.writeFilled(at, parameters, `"`+caPlaceholder+`"`, "$CA")
		return
	case !i.Unsaid.KeySource:
		s.write(at, parameters)
		return
	}
	s.line("KEPT=")
	s.line("for FIELD in"+strings.Repeat(" %s", len(keySourceFields()))+"; do", keySourceFields()...)
	s.line(`  case "$(config "$FIELD")" in ''|null|'""'|'[]') ;; *) KEPT=$FIELD;; esac`)
	s.line("done")
	if replace {
		s.line(`if [ "$MARK" != %s ]; then KEPT=; fi`, i.Cluster.marked(""))
	}
	s.line(`if [ -n "$KEPT" ]; then`)
	s.line(`  printf 'note: %%s stays, because its %%s says where Vault reads the signing keys\n' %s "$KEPT" >&2`, at)
	s.line(`  case "$(config %s)" in ''|null|'""') printf 'note: it accepts tokens of any issuer: to set %s, print '`+
		`'the commands again with --oidc-discovery-url or --jwks-url\n' >&2;; esac`, boundIssuer, boundIssuer)
	s.line("else")
	s.write(at, parameters)
	s.line("fi")
}

// readable stops the script if a path cannot be read. It would take what it cannot read for absent, and replace it.
func (s *script) readable(at string) {
	s.line(`SAID=$(vault read %s 2>&1 >/dev/null) || case "$SAID" in`, at)
	s.line(`  *"No value found"*|*"no handler for route"*) ;;`)
	s.line(`  *) fail %s %s;;`, "vault path "+at+" cannot be read",
		"use a Vault token that may read it, then run these commands again")
	s.line(`esac`)
}

// ScriptNote says what the commands do about signing keys that no flag is about; empty: nothing to say.
func (i Installation) ScriptNote() string {
	if i.Method != transit.MethodJWT || !i.Unsaid.KeySource {
		return ""
	}
	return "the commands give Vault static signing keys, unless it reads them at a URL already: " + staticAdvice
}

// keySourceFields are the parameters that say where Vault reads keys.
func keySourceFields() []string {
	fields := []string{severalURLs}
	for _, parameter := range signingkeys.Parameters() {
		fields = append(fields, string(parameter))
	}
	return fields
}
