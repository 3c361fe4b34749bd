package main

import (
	"context"
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// reviewer is the ServiceAccount whose token lets Vault ask the API server whether a
// token is good.
const reviewer = "vault-reviewer"

// reviewerTokenLife is longer than any stack lives.
const reviewerTokenLife = certificateLife

// clusterFacts is what Vault must know of the cluster.
type clusterFacts struct {
	host          string // https://HOST:PORT
	ca            []byte // PEM
	reviewerToken string
	signingKeys   []string // public keys of ServiceAccount tokens, PEM
}

// configureKubernetes creates what is missing of the namespaces, ServiceAccounts and
// the reviewer's rights: no controller does it here.
func configureKubernetes(ctx context.Context, config *rest.Config) (clusterFacts, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return clusterFacts{}, err
	}
	for _, namespace := range []string{"default", systemNamespace} {
		if err := createNamespace(ctx, client, namespace); err != nil {
			return clusterFacts{}, err
		}
	}
	for _, r := range roles() {
		if err := createServiceAccount(ctx, client, r.home(), r.account); err != nil {
			return clusterFacts{}, err
		}
	}
	token, err := createReviewer(ctx, client)
	if err != nil {
		return clusterFacts{}, err
	}
	keySet, err := client.CoreV1().RESTClient().Get().AbsPath("/openid/v1/jwks").DoRaw(ctx)
	if err != nil {
		return clusterFacts{}, fmt.Errorf("read the cluster's signing keys: %w", err)
	}
	keys, err := publicKeys(keySet)
	return clusterFacts{host: config.Host, ca: config.CAData, reviewerToken: token, signingKeys: keys}, err
}

func createNamespace(ctx context.Context, client kubernetes.Interface, name string) error {
	_, err := client.CoreV1().Namespaces().Create(ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err := ignoreExisting(err); err != nil {
		return fmt.Errorf("create namespace %s: %w", name, err)
	}
	return nil
}

func createServiceAccount(ctx context.Context, client kubernetes.Interface, namespace, name string) error {
	_, err := client.CoreV1().ServiceAccounts(namespace).Create(ctx,
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err := ignoreExisting(err); err != nil {
		return fmt.Errorf("create service account %s/%s: %w", namespace, name, err)
	}
	return nil
}

// createReviewer returns a token of the reviewer, for the API server's own audience.
func createReviewer(ctx context.Context, client kubernetes.Interface) (string, error) {
	if err := createServiceAccount(ctx, client, systemNamespace, reviewer); err != nil {
		return "", err
	}
	_, err := client.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: reviewer},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:auth-delegator"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: systemNamespace, Name: reviewer}},
	}, metav1.CreateOptions{})
	if err := ignoreExisting(err); err != nil {
		return "", fmt.Errorf("bind %s to system:auth-delegator: %w", reviewer, err)
	}
	seconds := int64(reviewerTokenLife / time.Second)
	request, err := client.CoreV1().ServiceAccounts(systemNamespace).CreateToken(ctx, reviewer,
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}},
		metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("request a token for %s: %w", reviewer, err)
	}
	return request.Status.Token, nil
}

func ignoreExisting(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
