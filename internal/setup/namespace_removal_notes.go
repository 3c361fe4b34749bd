package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// noteRemoval notes what stays, and who could still open what with it.
func (s *Setup) noteRemoval(ctx context.Context, plan *Plan, here live, disabled bool) error {
	i, namespace := s.Installation, s.leaving()
	note := func(format string, args ...any) { plan.Notes = append(plan.Notes, fmt.Sprintf(format, args...)) }
	if len(here.strange) > 0 {
		note("setup did not create these RoleBindings in namespace %s, so they stay, with the rights that they give: "+
			"%s", namespace, strings.Join(here.strange, ", "))
	}
	if len(here.others) > 0 {
		note("the ServiceAccounts in namespace %s stay, because another installation uses them (%s): anyone who can "+
			"create their tokens can still log in to Vault", namespace, strings.Join(here.others, ", "))
	}
	if len(here.others) == 0 && len(here.elsewhere) > 0 {
		note("if another installation (%s) uses namespace %s, run its setup namespace %s: it has the same "+
			"ServiceAccounts", strings.Join(here.elsewhere, ", "), namespace, namespace)
	}
	if here.job != nil && here.job.Everywhere && here.namespace != nil {
		note("CronJob %s/%s rotates in all namespaces, so also in %s: kubectl vaultseal setup --cronjob "+
			"--cronjob-all-namespaces=false limits it", i.System, rotationCronJob, namespace)
	}
	if here.job != nil && len(here.job.Namespaces) == 1 && here.job.Namespaces[0] == namespace {
		note("CronJob %s/%s is removed, because %s is the only namespace that it rotates in", i.System, rotationCronJob,
			namespace)
	}
	if i.Method == transit.MethodJWT {
		note("Vault accepts ServiceAccount tokens of namespace %s that exist until they expire, because it does not "+
			"ask the API server (%s)", namespace, i.Method)
	}
	if stay := s.sealedIn(ctx, here); stay != "" {
		note("%s", stay)
	}
	return s.noteKey(ctx, plan, disabled)
}

// sealedIn returns how many sealed Secrets stay; empty: none, or the user cannot list them.
func (s *Setup) sealedIn(ctx context.Context, here live) string {
	if here.namespace == nil {
		return ""
	}
	const most = 500
	answer, err := s.Core.RESTClient().Get().Namespace(s.leaving()).Resource("secrets").
		Param("labelSelector", sealed.Selector).Param("limit", strconv.Itoa(most)).
		SetHeader("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1").DoRaw(ctx)
	var list metav1.PartialObjectMetadataList
	switch {
	case err != nil || json.Unmarshal(answer, &list) != nil || len(list.Items) == 0:
		return ""
	case len(list.Items) == 1:
		return fmt.Sprintf("1 sealed Secret stays in namespace %s: no one can open it with the removed grants and "+
			"accounts", s.leaving())
	}
	count := strconv.Itoa(len(list.Items))
	if list.Continue != "" {
		count = "more than " + count
	}
	return fmt.Sprintf("%s sealed Secrets stay in namespace %s: no one can open them with the removed grants and "+
		"accounts", count, s.leaving())
}

// noteKey notes what the remaining key opens, and for whom.
func (s *Setup) noteKey(ctx context.Context, plan *Plan, disabled bool) error {
	i, namespace := s.Installation, s.leaving()
	key, unnamed := i.Keys.For(namespace)
	if unnamed != nil {
		return nil //nolint:nilerr // setup has made no key for it
	}
	is, err := s.unlessUnmounted(key.Mount, key.Mount+"/keys/"+key.Name)(ctx)
	switch {
	case err != nil:
		return unlessDenied(err)
	case is == nil:
	case !i.Keys.PerNamespace():
		plan.Notes = append(plan.Notes, fmt.Sprintf("the shared transit key %s stays: if a namespace %s is set up "+
			"again, its users can open everything that is sealed with that key", key, namespace))
	case disabled:
		info, err := s.Keys.Key(ctx, key)
		if err != nil {
			return err
		}
		note := fmt.Sprintf("the transit key %s stays; --disable-key disables its versions up to v%d, and this "+
			"enables them again: %s", key, info.LatestVersion, setVersions(key, info.MinVersions()))
		if info.MinDecryptionVersion > 1 {
			note += fmt.Sprintf(" (versions below v%d were disabled before: min_decryption_version=1 enables these "+
				"too)", info.MinDecryptionVersion)
		}
		plan.Notes = append(plan.Notes, note)
	default:
		plan.Notes = append(plan.Notes, fmt.Sprintf(
			"the transit key %s stays: anyone who can create ServiceAccounts in a namespace %s, also in one that is "+
				"created again, can open everything that is sealed with that key; --disable-key prevents it",
			key, namespace))
	}
	return nil
}

// otherRoles returns the ClusterRoles that other installations bind in namespaces.
func (s *Setup) otherRoles(ctx context.Context) (names []string, err error) {
	list, err := s.Dynamic.Resource(rbacv1.SchemeGroupVersion.WithResource(resources["ClusterRole"])).List(ctx,
		metav1.ListOptions{
			LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: labels}),
		})
	if err != nil {
		return nil, fmt.Errorf("list clusterroles: %w", kube.Classify(err))
	}
	own := []string{s.Installation.clusterName(userRole), s.Installation.clusterName(jobName)}
	for _, role := range list.Items {
		if name := role.GetName(); !slices.Contains(own, name) &&
			(strings.HasPrefix(name, userRole) || strings.HasPrefix(name, jobName)) {
			names = append(names, role.GetName())
		}
	}
	return names, nil
}
