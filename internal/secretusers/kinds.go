package secretusers

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// kind is a kind of objects that refer to Secrets.
type kind struct {
	schema.GroupVersionResource

	kind  string
	reach reach
	// older is a version to list if the cluster does not have the first one; empty: none.
	older string
	// metadata reports whether the metadata is enough to know the uses: the rest may be large.
	metadata bool
	uses     func(object *unstructured.Unstructured) []use
}

// reach is which Secrets the objects of a kind may refer to.
type reach int

const (
	clusterWide   reach = iota // objects in no namespace
	ownNamespace               // only Secrets of the object's namespace
	allNamespaces              // objects in a namespace that may refer to Secrets of others
)

// use is one reference.
type use struct {
	secret sealed.Place
	where  string
}

// kinds are all of them. A Pod may be of a controller that is not here, so pods are listed beside their controllers.
func kinds() []kind {
	var all []kind
	for _, one := range workload.AllKinds() {
		all = append(all, kind{GroupVersionResource: one.GroupVersionResource(), kind: one.Kind, reach: ownNamespace,
			uses: func(object *unstructured.Unstructured) []use { return podUses(one, object) }})
	}
	v1 := func(group, resource string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}
	}
	all = append(all,
		kind{GroupVersionResource: v1("", "serviceaccounts"), kind: "ServiceAccount", reach: ownNamespace,
			uses: accountUses},
		kind{GroupVersionResource: v1("networking.k8s.io", "ingresses"), kind: "Ingress", reach: allNamespaces,
			uses: ingressUses},
		kind{GroupVersionResource: v1("gateway.networking.k8s.io", "gateways"), kind: "Gateway", reach: allNamespaces,
			older: "v1beta1", uses: gatewayUses},
		kind{GroupVersionResource: v1("", "persistentvolumes"), kind: "PersistentVolume", uses: volumeUses},
		kind{GroupVersionResource: v1("storage.k8s.io", "storageclasses"), kind: "StorageClass", uses: classUses},
		kind{GroupVersionResource: v1("snapshot.storage.k8s.io", "volumesnapshotclasses"), kind: "VolumeSnapshotClass",
			uses: classUses},
	)
	for _, one := range []struct{ group, resource, kind string }{
		{"admissionregistration.k8s.io", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"},
		{"admissionregistration.k8s.io", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"},
		{"apiregistration.k8s.io", "apiservices", "APIService"},
		{"apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition"},
	} {
		all = append(all, kind{GroupVersionResource: v1(one.group, one.resource), kind: one.kind, metadata: true,
			uses: injectedCA})
	}
	return all
}

// podUses are the references of a pod template, without the volumes of injected containers. What has ended and what is
// scaled to zero for a newer version uses nothing.
func podUses(of workload.Kind, object *unstructured.Unstructured) (uses []use) {
	if ended(object) || replaced(object) {
		return nil
	}
	template, err := of.Template(object.Object)
	if err != nil {
		return nil // the API server keeps none
	}
	namespace := object.GetNamespace()
	for _, one := range append(workload.PlaintextUses(&template.Spec), workload.OutsideUses(&template.Spec)...) {
		uses = append(uses, use{sealed.Place{Namespace: namespace, Name: one.Secret}, one.Place})
	}
	return uses
}

// ended reports whether a Pod or a Job has ended.
func ended(object *unstructured.Unstructured) bool {
	switch object.GetKind() {
	case "Pod":
		phase, _, _ := unstructured.NestedString(object.Object, "status", "phase")
		return phase == string(corev1.PodSucceeded) || phase == string(corev1.PodFailed)
	case "Job":
		conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
		return slices.ContainsFunc(conditions, func(one any) bool {
			condition, _ := one.(map[string]any)
			return (condition["type"] == "Complete" || condition["type"] == "Failed") && condition["status"] == "True"
		})
	}
	return false
}

// replaced reports whether a ReplicaSet is an old revision of a Deployment, without pods.
func replaced(object *unstructured.Unstructured) bool {
	replicas, found, _ := unstructured.NestedInt64(object.Object, "spec", "replicas")
	return object.GetKind() == "ReplicaSet" && found && replicas == 0 && len(object.GetOwnerReferences()) > 0
}

func accountUses(object *unstructured.Unstructured) (uses []use) {
	for _, field := range []string{"imagePullSecrets", "secrets"} {
		for _, name := range namesIn(object.Object, field) {
			uses = append(uses, use{sealed.Place{Namespace: object.GetNamespace(), Name: name}, field})
		}
	}
	return uses
}

// namesIn are the names of references in a list.
func namesIn(object map[string]any, fields ...string) (names []string) {
	references, _, _ := unstructured.NestedSlice(object, fields...)
	for _, one := range references {
		reference, _ := one.(map[string]any)
		if name, _ := reference["name"].(string); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// ingressUses are certificates, and annotations of Ingress controllers such as nginx.ingress.kubernetes.io/auth-secret.
func ingressUses(object *unstructured.Unstructured) (uses []use) {
	tls, _, _ := unstructured.NestedSlice(object.Object, "spec", "tls")
	for _, one := range tls {
		fields, _ := one.(map[string]any)
		name, _ := fields["secretName"].(string)
		uses = append(uses, use{sealed.Place{Namespace: object.GetNamespace(), Name: name}, "tls"})
	}
	for name, value := range object.GetAnnotations() {
		if strings.HasSuffix(name, "secret") {
			uses = append(uses, use{named(value, object.GetNamespace()), "annotation " + name})
		}
	}
	return uses
}

// named reads [NAMESPACE/]NAME.
func named(text, namespace string) sealed.Place {
	if before, name, qualified := strings.Cut(text, "/"); qualified {
		return sealed.Place{Namespace: before, Name: name}
	}
	return sealed.Place{Namespace: namespace, Name: text}
}

func gatewayUses(object *unstructured.Unstructured) (uses []use) {
	listeners, _, _ := unstructured.NestedSlice(object.Object, "spec", "listeners")
	for _, one := range listeners {
		listener, _ := one.(map[string]any)
		references, _, _ := unstructured.NestedSlice(listener, "tls", "certificateRefs")
		for _, one := range references {
			reference, _ := one.(map[string]any)
			of := sealed.Place{Namespace: object.GetNamespace()}
			if namespace, _ := reference["namespace"].(string); namespace != "" {
				of.Namespace = namespace
			}
			if of.Name, _ = reference["name"].(string); reference["kind"] == nil || reference["kind"] == "Secret" {
				uses = append(uses, use{of, "certificateRefs"})
			}
		}
	}
	return uses
}

// volumeUses are what drivers of volumes read: spec.DRIVER.…Ref with a name and a namespace, and two fields of
// AzureFile.
func volumeUses(object *unstructured.Unstructured) (uses []use) {
	spec, _, _ := unstructured.NestedMap(object.Object, "spec")
	claimed, _, _ := unstructured.NestedString(object.Object, "spec", "claimRef", "namespace")
	for driver, one := range spec {
		source, _ := one.(map[string]any)
		if driver == "claimRef" {
			continue
		}
		for field, one := range source {
			reference, _ := one.(map[string]any)
			if !strings.HasSuffix(field, "Ref") || reference == nil {
				continue
			}
			of := sealed.Place{Namespace: claimed}
			if namespace, _ := reference["namespace"].(string); namespace != "" {
				of.Namespace = namespace
			}
			of.Name, _ = reference["name"].(string)
			uses = append(uses, use{of, driver + "." + field})
		}
		if name, _ := source["secretName"].(string); name != "" {
			of := sealed.Place{Namespace: claimed, Name: name}
			if namespace, _ := source["secretNamespace"].(string); namespace != "" {
				of.Namespace = namespace
			}
			uses = append(uses, use{of, driver + ".secretName"})
		}
	}
	return uses
}

// classUses are parameters of a StorageClass or a VolumeSnapshotClass: NAME-secret-name with NAME-secret-namespace.
// Templates such as ${pvc.name} name no Secret that is known.
func classUses(object *unstructured.Unstructured) (uses []use) {
	parameters, _, _ := unstructured.NestedStringMap(object.Object, "parameters")
	for name, value := range parameters {
		for _, form := range [][2]string{{"secret-name", "secret-namespace"}, {"secretName", "secretNamespace"}} {
			if before, is := strings.CutSuffix(name, form[0]); is {
				of := sealed.Place{Namespace: parameters[before+form[1]], Name: value}
				uses = append(uses, use{of, "parameter " + name})
			}
		}
	}
	return uses
}

// injectedCA is the Secret whose certificate cert-manager copies into the object.
func injectedCA(object *unstructured.Unstructured) []use {
	const annotation = "cert-manager.io/inject-ca-from-secret"
	value := object.GetAnnotations()[annotation]
	if value == "" {
		return nil
	}
	return []use{{named(value, ""), "annotation " + annotation}}
}
