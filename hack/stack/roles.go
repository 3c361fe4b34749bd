package main

import "embed"

// systemNamespace is where vaultseal keeps what is the cluster's.
const systemNamespace = "vaultseal-system"

// tokenAudience is the audience of the tokens that Vault takes.
const tokenAudience = "vault"

// anyNamespace stands for every namespace in a role, for both login methods.
const anyNamespace = "*"

//go:embed policies/*.hcl
var policyFiles embed.FS

// role is a Vault role, of the same name with both login methods, with the policy of
// that name.
type role struct {
	name      string
	account   string   // name of the ServiceAccount
	namespace string   // that the ServiceAccount must be in, or anyNamespace
	also      []string // policies besides
}

func roles() []role {
	return []role{
		{name: "vaultseal", account: "vaultseal", namespace: anyNamespace},
		{name: "vaultseal-reader", account: "vaultseal-reader", namespace: anyNamespace},
		{name: "vaultseal-rotator", account: "vaultseal-rotator", namespace: systemNamespace},
		{name: "vaultseal-retirer", account: "vaultseal-rotator", namespace: systemNamespace,
			also: []string{"vaultseal-rotator"}},
	}
}

func (r role) policy() (string, error) {
	text, err := policyFiles.ReadFile("policies/" + r.name + ".hcl")
	return string(text), err
}

// home is the namespace in which the stack creates the role's ServiceAccount.
func (r role) home() string {
	if r.namespace == anyNamespace {
		return "default"
	}
	return r.namespace
}

// tokenParameters are the same with both login methods.
func (r role) tokenParameters() map[string]any {
	return map[string]any{
		"token_policies":          append([]string{r.name}, r.also...),
		"token_ttl":               "10s",
		"token_no_default_policy": true,
	}
}

// kubernetesParameters make the role of the kubernetes login method.
func (r role) kubernetesParameters() map[string]any {
	p := r.tokenParameters()
	p["bound_service_account_names"] = []string{r.account}
	p["bound_service_account_namespaces"] = []string{r.namespace}
	p["audience"] = tokenAudience
	return p
}

// jwtParameters make the role of the jwt login method.
func (r role) jwtParameters() map[string]any {
	p := r.tokenParameters()
	p["role_type"] = "jwt"
	p["user_claim"] = "sub"
	p["bound_audiences"] = []string{tokenAudience}
	p["bound_claims_type"] = "glob"
	p["bound_claims"] = map[string]any{"sub": "system:serviceaccount:" + r.namespace + ":" + r.account}
	p["claim_mappings"] = map[string]any{"/kubernetes.io/namespace": "service_account_namespace"}
	return p
}
