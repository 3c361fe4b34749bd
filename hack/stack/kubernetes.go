package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// kubernetesVariable names the Kubernetes to build, as v1.35 or as v1.35.4; without it, it is that of kube/go.mod.
const kubernetesVariable = "VAULTSEAL_STACK_KUBERNETES"

// kubeRelease is a version of Kubernetes that there is a module file for.
type kubeRelease struct {
	version string // v1.35.4
	modfile string // in kube/: the versions of all modules that it is built from
}

// findKubeRelease finds the wanted version in source; an empty one is that of go.mod.
func findKubeRelease(source, wanted string) (kubeRelease, error) {
	others, err := filepath.Glob(filepath.Join(source, "v*.mod"))
	if err != nil {
		return kubeRelease{}, err
	}
	var known []string
	for _, path := range append([]string{filepath.Join(source, goMod)}, others...) {
		k, err := readKubeRelease(path)
		if err != nil {
			return kubeRelease{}, err
		}
		if wanted == "" || strings.HasPrefix(k.version+".", wanted+".") {
			return k, nil
		}
		known = append(known, k.version)
	}
	return kubeRelease{}, fmt.Errorf("%s is %q: there are %s", kubernetesVariable, wanted, strings.Join(known, ", "))
}

var kubernetesLine = regexp.MustCompile(`(?m)^\s*(?:require )?k8s\.io/kubernetes (v1\.\d+\.\d+)$`)

func readKubeRelease(path string) (kubeRelease, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return kubeRelease{}, err
	}
	match := kubernetesLine.FindSubmatch(data)
	if match == nil {
		return kubeRelease{}, errors.New(path + " does not require k8s.io/kubernetes")
	}
	return kubeRelease{version: string(match[1]), modfile: filepath.Base(path)}, nil
}

// module builds the API server, etcd and kubectl, which say the version that they are of.
func (k kubeRelease) module() module {
	const stamp = " -X k8s.io/component-base/version."
	part := strings.Split(k.version, ".")
	return module{
		name:     "kube",
		modfile:  k.modfile,
		packages: []string{"./controlplane", "./kubectl"},
		ldflags:  "-s -w" + stamp + "gitVersion=" + k.version + stamp + "gitMajor=1" + stamp + "gitMinor=" + part[1],
		links: map[string]string{
			"kube-apiserver": "controlplane",
			"etcd":           "controlplane",
			"kubectl":        "kubectl",
		},
	}
}

// kubeModule is that of the Kubernetes which the environment names.
func kubeModule(repo repository) (module, error) {
	k, err := wantedKubeRelease(repo)
	if err != nil {
		return module{}, err
	}
	return k.module(), nil
}

func wantedKubeRelease(repo repository) (kubeRelease, error) {
	return findKubeRelease(repo.source("kube"), os.Getenv(kubernetesVariable))
}
