// Package kube speaks to the Kubernetes API server: typed errors, retries, ServiceAccount tokens, the ConfigMap and the
// server's version.
package kube
