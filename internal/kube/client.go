package kube

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// Tune configures a client for the API server: without a rate limit of its own, because the API server's fairness
// decides, in protobuf, and with retries.
func Tune(kubernetes *rest.Config) {
	kubernetes.QPS = -1
	kubernetes.Wrap(Retrying)
	kubernetes.ContentType = runtime.ContentTypeProtobuf
	kubernetes.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
}
