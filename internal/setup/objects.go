package setup

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// userRole is the ClusterRole of users who seal and open, bound in a namespace.
const userRole = "vaultseal-user"

// labels are on everything that setup creates in the cluster.
var labels = map[string]string{"app.kubernetes.io/name": "vaultseal",
	"app.kubernetes.io/managed-by": "kubectl-vaultseal"}

// Objects returns the manifests of the Kubernetes side, in the order of their creation. The ConfigMap, with which users
// find Vault, and the CronJob are last, so that everything they need exists.
func (i Installation) Objects() ([]*unstructured.Unstructured, error) {
	objects := i.groundwork()
	if len(i.Users) > 0 {
		objects = append(objects, i.grants()...)
	}
	return manifests(slices.Concat(objects, i.entrance(), i.enforcement(), i.enforceLabels()))
}

func (i Installation) tenants() (objects []runtime.Object) {
	for _, namespace := range i.Namespaces {
		objects = append(objects, i.tenant(namespace)...)
	}
	return objects
}

// groundwork returns the objects that Vault's side depends on.
func (i Installation) groundwork() []runtime.Object {
	if i.Extends && i.Job != nil {
		return append(i.tenants(), i.jobBindings()...)
	}
	if i.Extends {
		return i.tenants()
	}
	objects := []runtime.Object{
		&corev1.Namespace{ObjectMeta: meta("", i.System)},
		serviceAccount(i.System, rotatorName),
		i.userRole(),
	}
	if i.makesReviewer() {
		objects = append(objects, serviceAccount(i.System, reviewerName))
	}
	if i.Method == "kubernetes" {
		objects = append(objects, i.reviewerBinding())
	}
	if i.Job != nil {
		objects = append(objects, serviceAccount(i.System, jobName), i.jobRole())
		objects = append(objects, i.jobBindings()...)
	}
	return append(objects, i.tenants()...)
}

// clusterName returns the name of a cluster-scoped object. Each configuration has its own, so that one cluster can use
// two Vaults.
func (i Installation) clusterName(name string) string {
	if i.System == config.DefaultNamespace {
		return name
	}
	return name + "-" + i.System
}

// tenant returns the objects that one namespace needs.
func (i Installation) tenant(namespace string) []runtime.Object {
	objects := []runtime.Object{serviceAccount(namespace, sealerName), serviceAccount(namespace, readerName)}
	if i.EncryptOnly {
		objects = append(objects, serviceAccount(namespace, encrypterName))
	}
	return objects
}

// entrance returns the objects that users and the CronJob start with.
func (i Installation) entrance() []runtime.Object {
	if i.Extends && i.Job != nil {
		return []runtime.Object{i.cronJob()}
	}
	if i.Extends {
		return nil
	}
	const readConfig = "vaultseal-config"
	everybody := rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "system:authenticated"}
	objects := []runtime.Object{
		&rbacv1.Role{ObjectMeta: meta(i.System, readConfig),
			Rules: []rbacv1.PolicyRule{allow("configmaps", "get").named(config.ConfigMapName)}},
		&rbacv1.RoleBinding{
			ObjectMeta: meta(i.System, readConfig), Subjects: []rbacv1.Subject{everybody},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: readConfig},
		},
		&corev1.ConfigMap{ObjectMeta: meta(i.System, config.ConfigMapName), Data: i.configuration()},
	}
	if i.Job != nil {
		objects = append(objects, i.cronJob())
	}
	return objects
}

// configuration returns the data of the cluster's ConfigMap, without defaults.
func (i Installation) configuration() map[string]string {
	data := maps.Clone(i.Address)
	data[config.AuthMethod.Key] = string(i.Method)
	data[config.TransitKey.Key] = i.Keys.String()
	if i.AuthMount != string(i.Method) {
		data[config.AuthMount.Key] = i.AuthMount
	}
	return data
}

// userRole lets users read and write Secrets, which contain ciphertext, and create tokens of the accounts that seal and
// open. These have no rights in Kubernetes.
func (i Installation) userRole() *rbacv1.ClusterRole {
	accounts := []string{sealerName, readerName}
	if i.EncryptOnly {
		accounts = append(accounts, encrypterName)
	}
	return &rbacv1.ClusterRole{ObjectMeta: meta("", i.clusterName(userRole)), Rules: []rbacv1.PolicyRule{
		allow("secrets", "get", "list", "create", "patch").PolicyRule,
		allow("serviceaccounts/token", "create").named(accounts...),
	}}
}

// makesReviewer reports whether setup creates the reviewer's account.
func (i Installation) makesReviewer() bool { return i.Method == "kubernetes" && i.Reviewer.Name == "" }

// reviewerBinding lets the reviewer ask the API server whether a token is valid.
func (i Installation) reviewerBinding() *rbacv1.ClusterRoleBinding {
	reviewer := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: i.System, Name: reviewerName}
	if !i.makesReviewer() {
		reviewer.Namespace, reviewer.Name = i.Reviewer.Namespace, i.Reviewer.Name
	}
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta("", i.clusterName(reviewerName)), RoleRef: clusterRole("system:auth-delegator"),
		Subjects: []rbacv1.Subject{reviewer},
	}
}

func manifests(objects []runtime.Object) ([]*unstructured.Unstructured, error) {
	manifests := make([]*unstructured.Unstructured, len(objects))
	for n, object := range objects {
		kinds, _, err := scheme.Scheme.ObjectKinds(object)
		if err != nil {
			return nil, err
		}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return nil, fmt.Errorf("manifest of %s: %w", kinds[0].Kind, err)
		}
		manifests[n] = &unstructured.Unstructured{Object: content}
		manifests[n].SetGroupVersionKind(kinds[0])
		for _, field := range [][]string{{"status"}, {"metadata", "creationTimestamp"},
			{"spec", "template", "metadata", "creationTimestamp"}} {
			unstructured.RemoveNestedField(content, field...)
		}
	}
	return manifests, nil
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels}
}

// serviceAccount returns a ServiceAccount whose token is not mounted into pods by default.
func serviceAccount(namespace, name string) *corev1.ServiceAccount {
	mount := false
	return &corev1.ServiceAccount{ObjectMeta: meta(namespace, name), AutomountServiceAccountToken: &mount}
}

type policyRule struct{ rbacv1.PolicyRule }

func allow(resource string, verbs ...string) policyRule {
	return policyRule{rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{resource}, Verbs: verbs}}
}

func (r policyRule) named(names ...string) rbacv1.PolicyRule {
	r.ResourceNames = names
	return r.PolicyRule
}

func clusterRole(name string) rbacv1.RoleRef {
	return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name}
}

// binding grants a ClusterRole in one namespace, under the role's own name.
func binding(namespace, role string, subjects ...rbacv1.Subject) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{ObjectMeta: meta(namespace, role), RoleRef: clusterRole(role), Subjects: subjects}
}
