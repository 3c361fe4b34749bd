package setup

import (
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// role is a role of Vault: the accounts that can log in, and their policy.
type role struct {
	name       string
	accounts   []string // names of ServiceAccounts
	namespaces []string // of the accounts; "*": any
	workload   bool     // it is for the workloads of one account, and opens as the reader
}

// workloadRole returns the role for the workloads of an account.
func workloadRole(account config.Account) role {
	return role{account.WorkloadRole(), []string{account.Name}, []string{account.Namespace}, true}
}

// policyOf returns the name of the role's policy.
func (i Installation) policyOf(r role) string {
	if r.workload {
		return i.policyName(readerName)
	}
	return i.policyName(r.name)
}

// allRoles returns the names of all roles that an installation can have.
func allRoles() []string { return []string{sealerName, readerName, rotatorName, encrypterName} }

const anyNamespace = "*"

// tokenTTL is the lifetime of a Vault token, in seconds.
const tokenTTL = 10

// roles returns the installation's roles. With a key for each namespace the accounts can be in any namespace, because
// each opens with its own namespace's key only. A shared key is for the given namespaces: otherwise anyone who can
// create ServiceAccounts somewhere could open everything.
func (i Installation) roles() []role {
	namespaces := slices.Sorted(slices.Values(i.Namespaces))
	if i.Keys.PerNamespace() {
		namespaces = []string{anyNamespace}
	}
	roles := []role{
		{sealerName, []string{sealerName}, namespaces, false},
		{readerName, []string{readerName}, namespaces, false},
		{rotatorName, []string{rotatorName, jobName}, []string{i.System}, false},
	}
	if i.EncryptOnly {
		roles = append(roles, role{encrypterName, []string{encrypterName}, namespaces, false})
	}
	return roles
}

// bounds returns the parameters that decide who can log in; the others describe the token.
func (r role) bounds(i Installation) map[string]any {
	if i.Method == "jwt" {
		var subjects []string
		for _, namespace := range r.namespaces {
			for _, account := range r.accounts {
				subjects = append(subjects, subjectPrefix+namespace+":"+account)
			}
		}
		if r.workload { // nothing in it is a pattern
			return map[string]any{"bound_audiences": []string{i.Audience}, "bound_subject": subjects[0]}
		}
		return map[string]any{
			"bound_audiences":   []string{i.Audience},
			"bound_claims_type": "glob",
			"bound_claims":      map[string]any{"sub": subjects},
		}
	}
	return map[string]any{
		"audience":                         i.Audience,
		"bound_service_account_names":      r.accounts,
		"bound_service_account_namespaces": r.namespaces,
	}
}

// parameters returns all parameters that setup writes for the role.
func (r role) parameters(i Installation) map[string]any {
	parameters := r.bounds(i)
	parameters["token_policies"] = []string{i.policyOf(r)}
	parameters["token_ttl"] = tokenTTL
	parameters["token_no_default_policy"] = true
	if i.Method == "jwt" {
		parameters["role_type"] = "jwt"
		parameters["user_claim"] = "sub"
		parameters["claim_mappings"] = map[string]any{"/kubernetes.io/namespace": "service_account_namespace"}
	}
	return parameters
}

const subjectPrefix = "system:serviceaccount:"

// boundNamespaces returns the namespaces that a role of Vault is bound to, sorted, each once.
func boundNamespaces(is map[string]any) []string {
	namespaces := stringsOf(is["bound_service_account_namespaces"])
	claims, _ := is["bound_claims"].(map[string]any)
	for _, subject := range stringsOf(claims["sub"]) {
		namespace, _, _ := strings.Cut(strings.TrimPrefix(subject, subjectPrefix), ":")
		namespaces = append(namespaces, namespace)
	}
	return sortedUnion(namespaces)
}

// stringsOf reads a list from Vault's answer.
func stringsOf(value any) []string {
	if one, ok := value.(string); ok {
		return []string{one}
	}
	list, _ := value.([]any)
	var texts []string
	for _, one := range list {
		if text, ok := one.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// sortedUnion returns the members of both lists, sorted, each once.
func sortedUnion(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
