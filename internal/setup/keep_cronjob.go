package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// Defaults of a CronJob.
const (
	DefaultSchedule    = "0 3 28 * *"
	DefaultIfOlderThan = "20d"
)

// ErrNoImage says that a new CronJob needs an image.
var ErrNoImage = errors.New("a CronJob needs an image")

// liveJob returns the settings of the live CronJob; nil if there is none.
func (s *Setup) liveJob(ctx context.Context) (*Job, error) {
	jobs := s.Dynamic.Resource(batchv1.SchemeGroupVersion.WithResource(resources["CronJob"])).
		Namespace(s.Installation.System)
	live, err := jobs.Get(ctx, rotationCronJob, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read CronJob %s/%s: %w", s.Installation.System, rotationCronJob, kube.Classify(err))
	}
	var cronJob batchv1.CronJob
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, &cronJob); err != nil {
		return nil, fmt.Errorf("read CronJob %s/%s: %w", s.Installation.System, rotationCronJob, err)
	}
	job := jobOf(&cronJob)
	if job.Everywhere {
		job.Everywhere, err = s.granted(ctx)
	}
	return job, err
}

// granted reports whether the CronJob's account has the right to the whole cluster. The CronJob does not prove it:
// anyone who can edit its namespace can change its arguments, and would get that right from the next setup.
func (s *Setup) granted(ctx context.Context) (bool, error) {
	i := s.Installation
	var binding rbacv1.ClusterRoleBinding
	err := s.get(ctx, "ClusterRoleBinding", i.clusterName(jobName), &binding)
	return slices.Contains(binding.Subjects, i.jobSubject()), err
}

// jobOf returns the settings of a CronJob from setup, and what was added to its command since.
func jobOf(cronJob *batchv1.CronJob) *Job {
	job := &Job{Schedule: cronJob.Spec.Schedule}
	for _, container := range cronJob.Spec.JobTemplate.Spec.Template.Spec.Containers {
		job.Image = container.Image
		for n, arg := range container.Args {
			list, limited := strings.CutPrefix(arg, namespacesFlag)
			age, aged := strings.CutPrefix(arg, ifOlderThanFlag)
			switch {
			case limited:
				job.Namespaces = strings.Split(list, ",")
			case aged:
				job.IfOlderThan = age
			case arg == everywhereFlag, arg == "-A":
				job.Everywhere = true
			case n == 0, strings.HasPrefix(arg, configNamespaceFlag):
			default:
				job.Args = append(job.Args, arg)
			}
		}
	}
	return job
}

// extended returns the Job with these namespaces added; nil if it works in all namespaces.
func (j *Job) extended(namespaces []string) *Job {
	if j == nil || len(j.Namespaces) == 0 {
		return nil
	}
	extended := *j
	extended.Namespaces = sortedUnion(j.Namespaces, slices.Clone(namespaces))
	return &extended
}

// keepJob adds the settings of the live CronJob.
func (s *Setup) keepJob(ctx context.Context) (kept []Kept, err error) {
	i := &s.Installation
	live, err := s.liveJob(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case i.Extends:
		i.Job = live.extended(i.Namespaces)
	case i.Job == nil && live != nil && i.Unsaid.Job:
		kept = append(kept, Kept{fmt.Sprintf("CronJob %s/%s", i.System, rotationCronJob), "--cronjob=false removes it"})
		kept = append(kept, live.keptEverywhere()...)
		if extended := live.extended(i.Namespaces); extended != nil && len(extended.Namespaces) > len(live.Namespaces) {
			i.Job = extended
		}
	case i.Job != nil:
		job := *i.Job
		kept = job.keep(live, i)
		if job.Image == "" {
			return nil, ErrNoImage
		}
		i.Job = &job
	}
	return kept, nil
}

// keep copies from the live CronJob what the command line leaves out.
func (j *Job) keep(live *Job, i *Installation) (kept []Kept) {
	if live == nil {
		live, j.deciding = &Job{Everywhere: j.Everywhere}, true
	} else if j.Schedule == "" && live.Schedule != DefaultSchedule {
		kept = append(kept, Kept{"the CronJob's schedule " + live.Schedule, "--schedule changes it"})
	}
	if j.IfOlderThan == "" && live.IfOlderThan != "" && live.IfOlderThan != DefaultIfOlderThan {
		kept = append(kept, Kept{"the CronJob's --if-older-than " + live.IfOlderThan, "--if-older-than changes it"})
	}
	if len(live.Args) > 0 {
		kept = append(kept, Kept{"what was added to the CronJob's command: " + strings.Join(live.Args, " "),
			"kubectl edit removes it"})
	}
	j.Schedule = cmp.Or(j.Schedule, live.Schedule, DefaultSchedule)
	j.IfOlderThan = cmp.Or(j.IfOlderThan, live.IfOlderThan, DefaultIfOlderThan)
	j.Image = cmp.Or(j.Image, live.Image)
	j.Args = live.Args
	return append(kept, j.keepNamespaces(live, i)...)
}

// without returns the members of list that are not in others.
func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(others, one) })
}

// jobRemoval removes the CronJob, and everything that it needs.
func (s *Setup) jobRemoval(ctx context.Context) ([]step, error) {
	i := s.Installation
	name := i.clusterName(jobName)
	binding := rbacv1.SchemeGroupVersion.WithKind("RoleBinding")
	steps := []step{s.remove(batchv1.SchemeGroupVersion.WithKind("CronJob"), i.System, rotationCronJob)}
	bindings, err := s.madeIn(ctx, rbacv1.SchemeGroupVersion.WithResource(resources["RoleBinding"]), name)
	if err != nil {
		return nil, err
	}
	for _, namespace := range bindings {
		steps = append(steps, s.remove(binding, namespace, name))
	}
	return append(
		steps,
		s.remove(rbacv1.SchemeGroupVersion.WithKind("ClusterRoleBinding"), "", name),
		s.remove(rbacv1.SchemeGroupVersion.WithKind("ClusterRole"), "", name),
		s.remove(corev1.SchemeGroupVersion.WithKind("ServiceAccount"), i.System, jobName),
	), nil
}

// madeIn returns the namespaces in which setup created an object of that name.
func (s *Setup) madeIn(ctx context.Context, resource schema.GroupVersionResource,
	name string) (namespaces []string, err error) {
	found, err := s.Dynamic.Resource(resource).List(ctx, metav1.ListOptions{
		LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: labels}),
		FieldSelector: "metadata.name=" + name,
	})
	if err != nil {
		return nil, fmt.Errorf("list %s of all namespaces: %w", resource.Resource, kube.Classify(err))
	}
	for _, one := range found.Items {
		namespaces = append(namespaces, one.GetNamespace())
	}
	return namespaces, nil
}
