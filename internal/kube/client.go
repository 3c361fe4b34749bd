package kube

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// Tune makes a configuration speak to the API server as a Client should: without a limit of its own, because the API
// server's fairness decides, in protobuf, and outlasting what passes by itself.
func Tune(kubernetes *rest.Config) {
	kubernetes.QPS = -1
	kubernetes.Wrap(Retrying)
	kubernetes.ContentType = runtime.ContentTypeProtobuf
	kubernetes.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
}
