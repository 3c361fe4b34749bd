package main

import (
	"context"
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// writeWay is a way of writing one new value into a Secret, on condition of its resourceVersion.
type writeWay struct {
	name string
	// write returns the new resourceVersion.
	write func(ctx context.Context, secret *corev1.Secret) (string, error)
}

const protobufOrJSON = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON

// writeWays begins with that of the bare loop.
func (s *stage) writeWays() ([]writeWay, error) {
	protobuf, err := s.writer(protobufOrJSON, nil)
	if err != nil {
		return nil, err
	}
	asJSON, err := s.writer(runtime.ContentTypeJSON, nil)
	if err != nil {
		return nil, err
	}
	http1, err := s.writer(protobufOrJSON, []string{"http/1.1"})
	if err != nil {
		return nil, err
	}
	answer, err := metadata.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	merge, strategic := types.MergePatchType, types.StrategicMergePatchType
	lenient := metav1.PatchOptions{FieldManager: fieldManager, FieldValidation: metav1.FieldValidationIgnore}
	warning := metav1.PatchOptions{FieldManager: fieldManager}
	return []writeWay{
		{"merge patch", patchWith(protobuf, merge, warning)},
		{"merge patch, JSON answer", patchWith(asJSON, merge, warning)},
		{"strategic merge patch", patchWith(protobuf, strategic, warning)},
		{"strategic merge patch, fieldValidation=Ignore", patchWith(protobuf, strategic, lenient)},
		{"strategic merge patch, HTTP/1.1", patchWith(http1, strategic, warning)},
		{"strategic merge patch, answer without data", patchForMetadata(answer, strategic, warning)},
		{"PUT", put(protobuf)},
	}, nil
}

// writer is a client with connections of its own.
func (s *stage) writer(accept string, protocols []string) (corev1client.SecretsGetter, error) {
	config := rest.CopyConfig(s.config)
	config.ContentType, config.AcceptContentTypes = runtime.ContentTypeProtobuf, accept
	config.NextProtos = protocols
	return corev1client.NewForConfig(config)
}

func patchWith(client corev1client.SecretsGetter, kind types.PatchType, options metav1.PatchOptions,
) func(context.Context, *corev1.Secret) (string, error) {
	return func(ctx context.Context, secret *corev1.Secret) (string, error) {
		patch, err := valuePatch(secret)
		if err != nil {
			return "", err
		}
		stored, err := client.Secrets(secret.Namespace).Patch(ctx, secret.Name, kind, patch, options)
		if err != nil {
			return "", err
		}
		return stored.ResourceVersion, nil
	}
}

func patchForMetadata(client metadata.Interface, kind types.PatchType, options metav1.PatchOptions,
) func(context.Context, *corev1.Secret) (string, error) {
	secrets := client.Resource(corev1.SchemeGroupVersion.WithResource("secrets"))
	return func(ctx context.Context, secret *corev1.Secret) (string, error) {
		patch, err := valuePatch(secret)
		if err != nil {
			return "", err
		}
		stored, err := secrets.Namespace(secret.Namespace).Patch(ctx, secret.Name, kind, patch, options)
		if err != nil {
			return "", err
		}
		return stored.ResourceVersion, nil
	}
}

// put replaces the whole Secret. It would remove fields that this client does not know.
func put(client corev1client.SecretsGetter) func(context.Context, *corev1.Secret) (string, error) {
	return func(ctx context.Context, secret *corev1.Secret) (string, error) {
		stored, err := client.Secrets(secret.Namespace).Update(ctx, secret,
			metav1.UpdateOptions{FieldManager: fieldManager})
		if err != nil {
			return "", err
		}
		return stored.ResourceVersion, nil
	}
}

func valuePatch(secret *corev1.Secret) ([]byte, error) {
	return json.Marshal(map[string]any{
		"metadata": map[string]string{"resourceVersion": secret.ResourceVersion},
		"data":     secret.Data,
	})
}
