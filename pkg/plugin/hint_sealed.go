package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// sealedHint is about one error of internal/sealed, without those that it wraps.
func sealedHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *sealed.PlaintextInMetadataError:
		return besideHint(e)
	case *sealed.PlainTypeError:
		return plainTypeHint()
	case *sealed.AnnotationError:
		return "correct it with kubectl annotate secret NAME --overwrite " + e.Annotation + "=VALUE"
	}
	return ""
}

// besideHint names no command with the name of the label or annotation in it: others write it.
func besideHint(e *sealed.PlaintextInMetadataError) string {
	return fmt.Sprintf("remove the %s from the manifest, or from the Secret with kubectl %s secret NAME %s-; or "+
		"change the value: anyone who can read the Secret's metadata can read it",
		e.Field, strings.NewReplacer("annotation", "annotate").Replace(e.Field), strings.ToUpper(e.Field))
}

// sealPlainTypeHint is plainTypeHint where other Secrets are to be sealed.
func sealPlainTypeHint() string {
	return plainTypeHint() + "\nto leave such a Secret in the manifests as it is, add --allow-plain-types"
}

// plainTypeHint is about a Secret that kubelet or a controller reads.
func plainTypeHint() string {
	return "create such a Secret with kubectl create secret, and keep its manifest out of git; to seal the values " +
		"for a pod, put them into a Secret of another type"
}
