package setup

import (
	"fmt"
	"strings"
)

// policy is one of Vault's.
type policy struct {
	role  string
	name  string
	about string
	rules []rule
}

// rule allows capabilities at a path; with parameters, only these.
type rule struct {
	path       string
	capability string
	parameters []string
}

// own is what every role may do: what the default policy would give it, which the roles leave out.
var own = []rule{
	{path: "auth/token/revoke-self", capability: "update"},
	{path: "sys/capabilities-self", capability: "update"},
}

// text is the policy in Vault's language.
func (p policy) text() string {
	var text strings.Builder
	fmt.Fprintf(&text, "# %s\n", p.about)
	for _, r := range append(p.rules, own...) {
		fmt.Fprintf(&text, "path %q {\n  capabilities = [%q]\n", r.path, r.capability)
		if len(r.parameters) > 0 {
			text.WriteString("  allowed_parameters = {\n")
			for _, name := range r.parameters {
				fmt.Fprintf(&text, "    %q = []\n", name)
			}
			text.WriteString("  }\n")
		}
		text.WriteString("}\n")
	}
	return text.String()
}

// policies are those of the installation's roles. The accessor is that of the auth mount: with a key for each
// namespace, whoever logs in gets the key of the namespace that its ServiceAccount is in, and no other.
func (i Installation) policies(accessor string) []policy {
	mount, _ := i.keyName()
	theirs := i.ownKey(accessor)
	every := i.everyKey()
	at := func(operation, key string) rule {
		r := rule{path: mount + "/" + operation + "/" + key, capability: "update"}
		if operation == "keys" {
			r.capability = "read"
		}
		return r
	}
	rotator := []rule{at("rewrap", every), at("keys", every), {path: mount + "/keys/" + every + "/rotate", capability: "update"}}
	if i.AllowRetire {
		rotator = append(rotator, rule{
			path: i.retirePath(), capability: "update",
			parameters: []string{"min_decryption_version", "min_encryption_version"}, // else also exportable, for ever
		})
	}
	policies := []policy{
		{sealerName, i.policyName(sealerName), "Seals and opens.", []rule{at("encrypt", theirs), at("decrypt", theirs), at("rewrap", theirs), at("keys", theirs)}},
		{readerName, i.policyName(readerName), "Opens.", []rule{at("decrypt", theirs), at("rewrap", theirs)}},
		{rotatorName, i.policyName(rotatorName), "Rotates and rewraps, and never sees plaintext.", rotator},
	}
	if i.EncryptOnly {
		policies = append(policies, policy{encrypterName, i.policyName(encrypterName), "Seals, and cannot open.", []rule{at("encrypt", theirs), at("keys", theirs)}})
	}
	return policies
}

// ownKey is the name, in a policy's path, of the key of the account that has logged in.
func (i Installation) ownKey(accessor string) string {
	_, name := i.keyName()
	return strings.ReplaceAll(name, "{namespace}", "{{identity.entity.aliases."+accessor+".metadata.service_account_namespace}}")
}

// decryptPath is where the roles that open do so.
func (i Installation) decryptPath(accessor string) string {
	mount, _ := i.keyName()
	return mount + "/decrypt/" + i.ownKey(accessor)
}

// everyKey is the name of all keys in a policy's path.
func (i Installation) everyKey() string {
	if i.Keys.PerNamespace() {
		return "+"
	}
	_, name := i.keyName()
	return name
}

// retirePath is where the keys' minimum versions are written.
func (i Installation) retirePath() string {
	mount, _ := i.keyName()
	return mount + "/keys/" + i.everyKey() + "/config"
}

// retireRule is how the policy of a rotator that may retire begins to say so.
func (i Installation) retireRule() string { return fmt.Sprintf("path %q {", i.retirePath()) }
