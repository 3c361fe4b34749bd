// What a release contains: the licenses and the list of all that is in a binary or an image.
module github.com/vaultseal/kubectl-vaultseal/hack/contents

go 1.26.0

require (
	github.com/google/licensecheck v0.3.1
	github.com/google/uuid v1.6.0
	golang.org/x/mod v0.42.0
)
