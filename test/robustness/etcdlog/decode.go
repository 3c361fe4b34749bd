package etcdlog

import (
	"bytes"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// storagePrefix begins each object that the API server stores as protobuf. A runtime.Unknown follows, which has the
// object's kind and bytes.
const storagePrefix = "k8s\x00"

var errNotProtobuf = errors.New("the value is not an object in protobuf")

// decodeSecret decodes the value of a Secret's key. Its errors do not quote the value.
func decodeSecret(value []byte) (*corev1.Secret, error) {
	rest, found := bytes.CutPrefix(value, []byte(storagePrefix))
	if !found {
		return nil, errNotProtobuf
	}
	var object runtime.Unknown
	if err := object.Unmarshal(rest); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotProtobuf, err)
	}
	if object.APIVersion != "v1" || object.Kind != "Secret" {
		return nil, fmt.Errorf("the object is a %s %s", object.APIVersion, object.Kind)
	}
	if object.ContentEncoding != "" || object.ContentType != "" && object.ContentType != runtime.ContentTypeProtobuf {
		return nil, fmt.Errorf("the object is encoded as %q %q", object.ContentEncoding, object.ContentType)
	}
	var secret corev1.Secret
	if err := secret.Unmarshal(object.Raw); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotProtobuf, err)
	}
	return &secret, nil
}
