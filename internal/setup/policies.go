package setup

import (
	"fmt"
	"strings"
)

// policy is a policy of Vault.
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

// own are the rules of every role: the necessary part of the default policy, which the roles do not have.
var own = []rule{
	{path: "auth/token/revoke-self", capability: "update"},
	{path: "sys/capabilities-self", capability: "update"},
}

// text formats the policy in Vault's language.
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

// policies returns the policies of the installation's roles. The accessor is that of the auth mount: with a key for
// each namespace, a login gets the key of the namespace of its ServiceAccount, and no other.
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
	rotator := []rule{at("rewrap", every), at("keys", every),
		{path: mount + "/keys/" + every + "/rotate", capability: "update"}}
	if i.AllowRetire {
		rotator = append(rotator, rule{
			path: i.retirePath(), capability: "update",
			// otherwise also exportable, which is permanent
			parameters: []string{"min_decryption_version", "min_encryption_version"},
		})
	}
	policies := []policy{
		{sealerName, i.policyName(sealerName), "Seals and opens.", []rule{at("encrypt", theirs), at("decrypt", theirs),
			at("rewrap", theirs), at("keys", theirs)}},
		{readerName, i.policyName(readerName), "Opens.", []rule{at("decrypt", theirs), at("rewrap", theirs)}},
		{rotatorName, i.policyName(rotatorName), "Rotates and rewraps, and never sees plaintext.", rotator},
	}
	if i.EncryptOnly {
		policies = append(policies, policy{encrypterName, i.policyName(encrypterName), "Seals, and cannot open.",
			[]rule{at("encrypt", theirs), at("keys", theirs)}})
	}
	return policies
}

// ownKey returns the key name, in a policy's path, of the account that has logged in.
func (i Installation) ownKey(accessor string) string {
	_, name := i.keyName()
	return strings.ReplaceAll(name, "{namespace}", "{{identity.entity.aliases."+accessor+
		".metadata.service_account_namespace}}")
}

// decryptPath returns the path at which the roles decrypt.
func (i Installation) decryptPath(accessor string) string {
	mount, _ := i.keyName()
	return mount + "/decrypt/" + i.ownKey(accessor)
}

// everyKey returns the name of all keys in a policy's path.
func (i Installation) everyKey() string {
	if i.Keys.PerNamespace() {
		return "+"
	}
	_, name := i.keyName()
	return name
}

// retirePath returns the path at which the keys' minimum versions are written.
func (i Installation) retirePath() string {
	mount, _ := i.keyName()
	return mount + "/keys/" + i.everyKey() + "/config"
}

// retireRule is the beginning of the rule that lets a rotator retire.
func (i Installation) retireRule() string { return fmt.Sprintf("path %q {", i.retirePath()) }
