package setup

import (
	"cmp"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

const (
	jobUser       = 65532                        // of the image
	jobTokenMount = "/var/run/secrets/vaultseal" //nolint:gosec // a directory
	jobTokenTTL   = 600                          // seconds; the minimum that Kubernetes allows
)

// jobRole lets the Job rewrite ciphertext. No one can create a token of its account: kubelet gives it one.
func (i Installation) jobRole() *rbacv1.ClusterRole {
	return &rbacv1.ClusterRole{ObjectMeta: meta("", i.clusterName(jobName)), Rules: []rbacv1.PolicyRule{
		allow("secrets", "get", "list", "patch").PolicyRule,
	}}
}

func (i Installation) jobSubject() rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: i.System, Name: jobName}
}

func (i Installation) jobBindings() []runtime.Object {
	account := i.jobSubject()
	if i.Job.Everywhere {
		role := i.clusterName(jobName)
		return []runtime.Object{&rbacv1.ClusterRoleBinding{ObjectMeta: meta("", role), RoleRef: clusterRole(role),
			Subjects: []rbacv1.Subject{account}}}
	}
	var bindings []runtime.Object
	for _, namespace := range sortedUnion(i.Namespaces, i.Job.found) {
		bindings = append(bindings, binding(namespace, i.clusterName(jobName), account))
	}
	return bindings
}

// cronJob returns the CronJob that rotates. It satisfies the Pod Security level "restricted".
func (i Installation) cronJob() *batchv1.CronJob {
	pod := corev1.PodSpec{
		ServiceAccountName: jobName,
		// the account has it off; the Job calls the API server as this account
		AutomountServiceAccountToken: ptr.To(true),
		RestartPolicy:                corev1.RestartPolicyNever,
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot:   ptr.To(true),
			RunAsUser:      ptr.To[int64](jobUser),
			RunAsGroup:     ptr.To[int64](jobUser),
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		Containers: []corev1.Container{i.jobContainer()},
		Volumes: []corev1.Volume{{Name: "vault-token",
			VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
				Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
					Audience: i.Audience, ExpirationSeconds: ptr.To[int64](jobTokenTTL), Path: "token",
				}}},
			}}}},
	}
	cronJob := &batchv1.CronJob{ObjectMeta: meta(i.System, rotationCronJob)}
	cronJob.Spec = batchv1.CronJobSpec{
		Schedule:          cmp.Or(i.Job.Schedule, DefaultSchedule),
		ConcurrencyPolicy: batchv1.ForbidConcurrent,
	}
	cronJob.Spec.JobTemplate.Labels = labels
	cronJob.Spec.JobTemplate.Spec.BackoffLimit = ptr.To[int32](2)
	cronJob.Spec.JobTemplate.Spec.Template.Labels = labels
	cronJob.Spec.JobTemplate.Spec.Template.Spec = pod
	return cronJob
}

const (
	everywhereFlag  = "--all-namespaces"
	namespacesFlag  = "--namespaces="
	ifOlderThanFlag = "--if-older-than="

	configNamespaceFlag = "--config-namespace="
)

func (i Installation) jobContainer() corev1.Container {
	where := namespacesFlag + strings.Join(i.Job.Namespaces, ",")
	if i.Job.Everywhere {
		where = everywhereFlag
	}
	c := corev1.Container{
		Name: "rotate", Image: i.Job.Image,
		Args: []string{"rotate", where, ifOlderThanFlag + cmp.Or(i.Job.IfOlderThan, DefaultIfOlderThan)},
		Env:  []corev1.EnvVar{{Name: "VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE", Value: jobTokenMount + "/token"}},
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"),
				corev1.ResourceMemory: resource.MustParse("128Mi")},
			Limits: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"),
				corev1.ResourceMemory: resource.MustParse("256Mi")},
		},
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: ptr.To(false),
			ReadOnlyRootFilesystem:   ptr.To(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
		VolumeMounts: []corev1.VolumeMount{{Name: "vault-token", MountPath: jobTokenMount, ReadOnly: true}},
	}
	if i.Audience != config.DefaultAudience {
		c.Env = append(c.Env, corev1.EnvVar{Name: "VAULTSEAL_AUDIENCE", Value: i.Audience})
	}
	if i.System != config.DefaultNamespace {
		c.Args = append(c.Args, configNamespaceFlag+i.System)
	}
	c.Args = append(c.Args, i.Job.Args...)
	return c
}
