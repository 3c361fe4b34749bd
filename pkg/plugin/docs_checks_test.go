package plugin

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	checkID      = regexp.MustCompile(`(?m)^\s+\w+\s+ID += "([^"]+)"`)
	checkHeading = regexp.MustCompile(`(?m)^### ([a-z-]+)$`)
	anyHeading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInAnchor  = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// TestTroubleshootingHasEveryCheck: the URL of each check of doctor leads to a section, and no section is about a check
// that is gone.
func TestTroubleshootingHasEveryCheck(t *testing.T) {
	ids := checkIDs(t)
	page, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## Checks of doctor\n")
	section, _, ended := strings.Cut(section, "\n## ")
	if !found || !ended {
		t.Fatal("the page has no section about the checks")
	}
	var headings []string
	for _, match := range checkHeading.FindAllStringSubmatch(section, -1) {
		headings = append(headings, match[1])
	}
	for _, id := range ids {
		if !slices.Contains(headings, id) {
			t.Errorf("the page has no section %q", id)
		}
	}
	for _, heading := range headings {
		if !slices.Contains(ids, heading) {
			t.Errorf("there is no check %q", heading)
		}
	}
	anchors := map[string]int{}
	for _, match := range anyHeading.FindAllStringSubmatch(string(page), -1) {
		anchors[strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-")]++
	}
	for _, id := range ids {
		if anchors[id] != 1 {
			t.Errorf("the anchor #%s is given to %d headings", id, anchors[id])
		}
	}
}

// checkIDs are the IDs in the code of internal/doctor.
func checkIDs(t *testing.T) (ids []string) {
	t.Helper()
	paths, err := filepath.Glob("../../internal/doctor/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range checkID.FindAllStringSubmatch(string(source), -1) {
			ids = append(ids, match[1])
		}
	}
	if !slices.Contains(ids, "api-server") || !slices.Contains(ids, "secret-opens") {
		t.Fatalf("the IDs were not found: %q", ids)
	}
	return ids
}
