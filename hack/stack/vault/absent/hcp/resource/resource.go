// Package resource stands in for the names of HashiCorp's cloud, which the local stack has no part in.
package resource

import "errors"

type Resource struct{}

func FromString(string) (Resource, error) {
	return Resource{}, errors.New("this Vault is built without HCP")
}
