package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// limitedJob is the CronJob in the cluster, if it is limited to namespaces; else nil.
func (s *Setup) limitedJob(ctx context.Context) (*Job, error) {
	jobs := s.Dynamic.Resource(batchv1.SchemeGroupVersion.WithResource(resources["CronJob"])).Namespace(s.Installation.System)
	live, err := jobs.Get(ctx, rotationCronJob, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read CronJob %s/%s: %w", s.Installation.System, rotationCronJob, vaultseal.KubernetesError(err))
	}
	var cronJob batchv1.CronJob
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, &cronJob); err != nil {
		return nil, fmt.Errorf("read CronJob %s/%s: %w", s.Installation.System, rotationCronJob, err)
	}
	return jobOf(&cronJob), nil
}

// jobOf is what a CronJob that setup has made was made from; nil for one that is not limited to namespaces.
func jobOf(cronJob *batchv1.CronJob) *Job {
	job := &Job{Schedule: cronJob.Spec.Schedule}
	for _, container := range cronJob.Spec.JobTemplate.Spec.Template.Spec.Containers {
		job.Image = container.Image
		for _, arg := range container.Args {
			if list, found := strings.CutPrefix(arg, namespacesFlag); found {
				job.Namespaces = strings.Split(list, ",")
			}
			if age, found := strings.CutPrefix(arg, ifOlderThanFlag); found {
				job.IfOlderThan = age
			}
		}
	}
	if len(job.Namespaces) == 0 {
		return nil
	}
	return job
}

// extended may work in these namespaces too.
func (j *Job) extended(namespaces []string) *Job {
	if j == nil {
		return nil
	}
	extended := *j
	extended.Namespaces = union(j.Namespaces, slices.Clone(namespaces))
	return &extended
}
