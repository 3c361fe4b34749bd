package workflows

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// job is a job of a workflow, with the rights that it has.
type job struct {
	workflow, name string
	node           *yaml.Node
	rights         map[string]string
}

func (j job) String() string { return j.workflow + ": job " + j.name }

func jobs(t *testing.T) []job {
	t.Helper()
	var all []job
	for _, d := range documents(t) {
		if !d.isWorkflow() {
			continue
		}
		nodes := get(d.top, "jobs")
		for i := 0; i < len(nodes.Content); i += 2 {
			rights := get(nodes.Content[i+1], "permissions")
			if rights == nil {
				rights = get(d.top, "permissions")
			}
			j := job{filepath.Base(d.path), nodes.Content[i].Value, nodes.Content[i+1], map[string]string{}}
			for k := 0; k < len(rights.Content); k += 2 {
				j.rights[rights.Content[k].Value] = rights.Content[k+1].Value
			}
			all = append(all, j)
		}
	}
	return all
}

// writes are the rights of a job that are more than to read.
func (j job) writes() []string {
	var found []string
	for right, level := range j.rights {
		if level != "read" && level != "none" {
			found = append(found, right)
		}
	}
	slices.Sort(found)
	return found
}

// uses are the actions of a job, without their versions.
func (j job) uses() []string {
	var found []string
	each(j.node, func(step *yaml.Node) {
		if uses := get(step, "uses"); uses != nil {
			name, _, _ := strings.Cut(uses.Value, "@")
			found = append(found, name)
		}
	})
	return found
}

// runsOurCode reports whether a job runs anything of this repository or of its dependencies: it has the repository.
func (j job) runsOurCode() bool {
	return get(j.node, "uses") == nil && slices.ContainsFunc(j.uses(), func(name string) bool {
		return name == "actions/checkout" || strings.HasPrefix(name, "./")
	})
}

// writers are all jobs that may do more than read, and why. A job that is added here needs a reason as good.
var writers = map[string]string{
	"release-build.yaml: job attest": "attestations id-token",          // signs, and runs no code of ours
	"release-build.yaml: job push":   "packages",                       // runs crane, built from this commit
	"release-build.yaml: job sign":   "id-token packages",              // signs the images, and runs no code of ours
	"release.yaml: job publish":      "contents",                       // runs no code of ours
	"release.yaml: job krew":         "contents",                       // runs no code of ours
	"scorecard.yaml: job findings":   "security-events",                // shows them, and runs no code of ours
	"release.yaml: job build":        "attestations id-token packages", // calls release-build.yaml, and runs nothing itself
}

func TestWriters(t *testing.T) {
	got := map[string]string{}
	for _, j := range jobs(t) {
		if writes := strings.Join(j.writes(), " "); writes != "" {
			got[j.String()] = writes
		}
	}
	if !maps.Equal(got, writers) {
		t.Errorf("these jobs may write:\n%v\nwant\n%v", got, writers)
	}
}

// TestIdentity: what can sign as this repository runs nothing but pinned actions and the scripts in its workflow.
func TestIdentity(t *testing.T) {
	trusted := []string{"actions/attest", "actions/download-artifact", "actions/upload-artifact",
		"sigstore/cosign-installer"}
	found := 0
	for _, j := range jobs(t) {
		if j.rights["id-token"] != "write" {
			continue
		}
		found++
		if called := text(get(j.node, "uses")); called != "" {
			if called != "./.github/workflows/release-build.yaml" {
				t.Errorf("%s gives its identity to %s", j, called)
			}
			continue
		}
		if j.workflow != "release-build.yaml" {
			t.Errorf("%s has an identity that docs/verify.md does not name", j)
		}
		for _, name := range j.uses() {
			if !slices.Contains(trusted, name) {
				t.Errorf("%s uses %s beside its identity", j, name)
			}
		}
		if get(j.node, "container") != nil || get(j.node, "services") != nil {
			t.Errorf("%s runs a container beside its identity", j)
		}
	}
	if found != 3 {
		t.Errorf("%d jobs have an identity, want those that attest and sign, and the one that calls them", found)
	}
}

// TestBuildsHaveNoRights: what runs code of this repository cannot sign, and can write nothing but new images.
func TestBuildsHaveNoRights(t *testing.T) {
	found := 0
	for _, j := range jobs(t) {
		if !j.runsOurCode() {
			continue
		}
		found++
		for _, right := range j.writes() {
			if right != "packages" || j.String() != "release-build.yaml: job push" {
				t.Errorf("%s runs code of the repository and has %s: write", j, right)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d jobs run code of the repository", found)
	}
}

// byTag are actions that run an image by its tag, so that the commit of the action does not fix what runs.
var byTag = []string{"google/osv-scanner-action/osv-scanner-action", "ossf/scorecard-action",
	"rajatjindal/krew-release-bot"}

// TestImagesByTag: what is not pinned has no right but to read.
func TestImagesByTag(t *testing.T) {
	found := 0
	for _, j := range jobs(t) {
		for _, name := range j.uses() {
			if !slices.Contains(byTag, name) {
				continue
			}
			found++
			if writes := j.writes(); len(writes) > 0 {
				t.Errorf("%s runs %s and may write: %v", j, name, writes)
			}
		}
	}
	if found != len(byTag) {
		t.Errorf("%d of %d actions are used", found, len(byTag))
	}
}

// TestApproval: what writes for a release waits for the environment, directly or by a job that it needs.
func TestApproval(t *testing.T) {
	byName := map[string]job{}
	for _, j := range jobs(t) {
		byName[j.String()] = j
	}
	var waits func(j job) bool
	waits = func(j job) bool {
		if text(get(j.node, "environment")) == "release" {
			return true
		}
		// The called workflow is done when all of its jobs are.
		if text(get(j.node, "uses")) == "./.github/workflows/release-build.yaml" {
			return waits(byName["release-build.yaml: job attest"])
		}
		for _, name := range needs(j.node) {
			if waits(byName[j.workflow+": job "+name]) {
				return true
			}
		}
		return false
	}
	found := 0
	for _, j := range jobs(t) {
		if !strings.HasPrefix(j.workflow, "release") || len(j.writes()) == 0 {
			continue
		}
		found++
		if !waits(j) {
			t.Errorf("%s does not wait for the environment release", j)
		}
	}
	if found != 6 {
		t.Errorf("%d jobs of a release may write, want 6", found)
	}
}

func needs(job *yaml.Node) []string {
	node := get(job, "needs")
	if node == nil {
		return nil
	}
	if node.Kind == yaml.ScalarNode {
		return []string{node.Value}
	}
	var names []string
	for _, name := range node.Content {
		names = append(names, name.Value)
	}
	return names
}

// TestOnlyReleasesBuild: nothing but a tag can call the workflow whose identity releases are verified by.
func TestOnlyReleasesBuild(t *testing.T) {
	on := get(read(t, filepath.Join(root, ".github/workflows/release-build.yaml")), "on")
	if len(on.Content) != 2 || on.Content[0].Value != "workflow_call" {
		t.Errorf("release-build.yaml runs on %d events, want workflow_call alone", len(on.Content)/2)
	}
	for _, j := range jobs(t) {
		if slices.Contains(j.uses(), "./.github/workflows/release-build.yaml") && j.workflow != "release.yaml" {
			t.Errorf("%s calls release-build.yaml", j)
		}
	}
	release := get(read(t, filepath.Join(root, ".github/workflows/release.yaml")), "on")
	if len(release.Content) != 2 || get(get(release, "push"), "tags") == nil || len(get(release, "push").Content) != 2 {
		t.Error("release.yaml runs on more than pushed tags")
	}
}

// TestReleasesUseNoCache: who can write into a cache cannot change what is released.
func TestReleasesUseNoCache(t *testing.T) {
	found := 0
	for _, j := range jobs(t) {
		if !strings.HasPrefix(j.workflow, "release") {
			continue
		}
		each(j.node, func(step *yaml.Node) {
			uses := text(get(step, "uses"))
			if strings.HasPrefix(uses, "actions/cache") {
				t.Errorf("%s uses a cache", j)
			}
			if strings.HasPrefix(uses, "./.github/actions/") {
				found++
				if text(get(get(step, "with"), "cache")) != "false" {
					t.Errorf("%s: %s uses caches", j, uses)
				}
			}
		})
	}
	if found != 3 {
		t.Errorf("%d steps install Go or the stack, want 3", found)
	}
}

// TestVulnerabilitiesAreLookedUp: once a day, with both tools.
func TestVulnerabilitiesAreLookedUp(t *testing.T) {
	top := read(t, filepath.Join(root, ".github/workflows/vulnerabilities.yaml"))
	if get(get(top, "on"), "schedule") == nil {
		t.Error("vulnerabilities.yaml has no schedule")
	}
	found := map[string]bool{}
	each(top, func(step *yaml.Node) {
		name, _, _ := strings.Cut(text(get(step, "uses")), "@")
		found[name], found[text(get(step, "run"))] = true, true
	})
	for _, want := range []string{"make vulncheck", "google/osv-scanner-action/osv-scanner-action"} {
		if !found[want] {
			t.Errorf("vulnerabilities.yaml does not run %s", want)
		}
	}
}
