package workload

import (
	"errors"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestKindNamed(t *testing.T) {
	for word, want := range map[string]string{
		"deployment": "Deployment", "deployments": "Deployment", "deploy": "Deployment", "Deployment": "Deployment",
		"deployment.apps": "Deployment", "sts": "StatefulSet", "cj": "CronJob", "cronjobs.batch": "CronJob", "po": "Pod",
		"podtemplate": "PodTemplate", "rc": "ReplicationController",
		"": "", "deployment.batch": "", "pod.v1": "", "secret": "", "deployment.": "",
	} {
		if kind, known := KindNamed(word); known != (want != "") || kind.Kind != want {
			t.Errorf("%q: %v %v, want %s", word, kind.Kind, known, want)
		}
	}
	for _, name := range KindNames() {
		kind, known := KindNamed(name)
		if again, is := KindOf(kind.GroupVersion().String(), kind.Kind); !known || !is || again.Kind != kind.Kind {
			t.Errorf("%s is not found again", name)
		}
	}
}

func TestAccountsAndTemplates(t *testing.T) {
	for text, want := range map[string]string{ // empty: an error
		`{apiVersion: v1, kind: Pod, spec: {serviceAccountName: a, containers: [{name: c}]}}`:                               "a",
		`{apiVersion: v1, kind: Pod, spec: {serviceAccount: old}}`:                                                          "old",
		`{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {serviceAccountName: a, serviceAccount: b}}}}`:     "a",
		`{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {}}}}`:                                             "default",
		`{apiVersion: batch/v1, kind: CronJob, spec: {jobTemplate: {spec: {template: {spec: {serviceAccountName: a}}}}}}`:   "a",
		`{apiVersion: v1, kind: PodTemplate, template: {spec: {serviceAccountName: a}}}`:                                    "a",
		`{apiVersion: apps/v1, kind: Deployment, spec: {template: {}}}`:                                                     "",
		`{apiVersion: apps/v1, kind: Deployment}`:                                                                           "",
		`{apiVersion: v1, kind: Pod, spec: [planted]}`:                                                                      "",
		`{apiVersion: v1, kind: Pod, spec: {serviceAccountName: [planted]}}`:                                                "",
		`{apiVersion: v1, kind: Pod, spec: {serviceAccountName: a, containers: planted}}`:                                   "a without a template",
		`{apiVersion: v1, kind: Pod, spec: {serviceAccountName: a, containers: [{resources: {limits: {cpu: "planted"}}}]}}`: "a without a template",
	} {
		var object map[string]any
		if err := yaml.Unmarshal([]byte(text), &object); err != nil {
			t.Fatal(err)
		}
		kind, _ := KindOf(object["apiVersion"].(string), object["kind"].(string))
		got, err := kind.Account(object)
		template, templateErr := kind.Template(object)
		if errors.Is(templateErr, ErrNoTemplate) && err == nil {
			got += " without a template"
		}
		if got != want || (err != nil) != (want == "") || (templateErr == nil) != (template != nil) {
			t.Errorf("%s: %q, %v, %v, want %q", text, got, err, templateErr, want)
		}
	}
}
