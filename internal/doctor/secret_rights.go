package doctor

import (
	"context"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// The verbs that the parts use on Secrets, which contain ciphertext only.
var (
	sealerVerbs  = []string{"get", "list", "create", "patch"}
	rotatorVerbs = []string{"get", "list", "patch"}
)

// secretRights asks the API server what the user can do with Secrets. A sealer needs no rights outside its namespace,
// and neither does a rotator whose work is limited to one namespace.
func (e *examination) secretRights(ctx context.Context) finding {
	verbs := sealerVerbs
	if e.Part == config.Rotator {
		verbs = rotatorVerbs
		lacking, err := e.lacking(ctx, metav1.NamespaceAll, verbs)
		if err == nil && len(lacking) == 0 {
			return ok("%s in all namespaces", word(list(verbs)))
		}
	}
	lacking, err := e.lacking(ctx, e.namespace(), verbs)
	switch {
	case err != nil:
		return skipped("not known: %v", err)
	case len(lacking) > 0:
		return failed(&SecretRightsError{Missing: lacking, Needed: verbs, Namespace: e.namespace(), Part: e.Part})
	case e.Part == config.Rotator:
		return ok("%s in namespace %s, and not in all namespaces, which -A takes", word(list(verbs)),
			name{aNamespace, e.namespace()})
	}
	return ok("%s in namespace %s", word(list(verbs)), name{aNamespace, e.namespace()})
}

func (e *examination) lacking(ctx context.Context, namespace string, verbs []string) (lacking []string, err error) {
	for _, verb := range verbs {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: verb,
				Resource: "secrets"},
		}}
		review, err := e.cluster.Reviews.SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return nil, kube.Classify(err)
		}
		if !review.Status.Allowed {
			lacking = append(lacking, verb)
		}
	}
	return lacking, nil
}

// list formats words as "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
