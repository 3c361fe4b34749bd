package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
)

// ServerVersion returns the API server's version, as v1.37.2, which every authenticated user can read. The host is for
// errors.
func ServerVersion(ctx context.Context, host string, api rest.Interface) (string, error) {
	text, err := api.Get().AbsPath("/version").SetHeader("Accept", "application/json").DoRaw(ctx)
	if apierrors.IsNotFound(err) {
		return "", &NoAPIServerError{Host: host}
	}
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", host, Classify(err))
	}
	var version struct {
		GitVersion string `json:"gitVersion"`
	}
	err = json.Unmarshal(text, &version)
	if err != nil || version.GitVersion == "" || strings.ContainsFunc(version.GitVersion, notInAVersion) {
		return "", &NoAPIServerError{Host: host}
	}
	return version.GitVersion, nil
}

func notInAVersion(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// NoAPIServerError reports that another program answers at the address of the API server.
type NoAPIServerError struct{ Host string }

func (e *NoAPIServerError) Error() string {
	return "there is no API server of Kubernetes at " + e.Host
}
