package test

import (
	"debug/buildinfo"
	"maps"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// thirdPartyLicenses is the file with the licenses of what a program is built from.
const thirdPartyLicenses = "THIRD-PARTY-LICENSES.txt"

// licenseTexts are parts of the licenses that may be linked, by their SPDX identifiers.
var licenseTexts = map[string]string{
	"Apache-2.0":   "Apache License",
	"BSD-2-Clause": "Redistribution and use in source and binary forms",
	"BSD-3-Clause": "Neither the name of",
	"ISC":          "Permission to use, copy, modify, and",
	"MIT":          "Permission is hereby granted, free of charge",
	"MPL-2.0":      "Mozilla Public License",
}

// licensed: the text lists every module that the program is built from, with licenses that may be linked, and has the
// texts of these.
func licensed(t *testing.T, name string, built *buildinfo.BuildInfo, text string) {
	t.Helper()
	if len(built.Deps) == 0 {
		t.Errorf("%s: no modules", name)
	}
	for _, module := range append(built.Deps, &debug.Module{Path: "std", Version: built.GoVersion}) {
		if module.Replace != nil {
			module = module.Replace
		}
		line := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(module.Path+" "+module.Version) + ": (.+)$").
			FindStringSubmatch(text)
		if line == nil {
			t.Errorf("%s: no license of %s %s", name, module.Path, module.Version)
			continue
		}
		for kind := range strings.SplitSeq(line[1], ", ") {
			if part := licenseTexts[kind]; part == "" || !strings.Contains(text, part) {
				t.Errorf("%s: %s has the license %q, which may not be linked or whose text is missing", name,
					module.Path, kind)
			}
		}
		if !strings.Contains(text, "\n"+module.Path+"@"+module.Version+": ") {
			t.Errorf("%s: no text of a license is that of %s", name, module.Path)
		}
	}
}

// licensedIn: an image has the licenses of its programs.
func licensedIn(t *testing.T, root string, programs ...string) {
	t.Helper()
	for _, program := range programs {
		built, err := buildinfo.ReadFile(filepath.Join(root, program))
		check(t, err)
		doc := filepath.Join(root, "usr/share/doc", filepath.Base(program))
		licensed(t, program, built, read(t, filepath.Join(doc, thirdPartyLicenses)))
		if !strings.Contains(read(t, filepath.Join(doc, "LICENSE")), "Apache License") {
			t.Errorf("%s has no license of its own", program)
		}
	}
}

// layoutDigest is the digest of an image as it was built.
func layoutDigest(t *testing.T, name string) string {
	t.Helper()
	var layout index
	readJSON(t, filepath.Join(layouts, name, "index.json"), &layout)
	return layout.Manifests[0].Digest
}

// TestImageSBOMs: an SBOM is about the image as it was built. It has the modules of all programs in it, and Debian's
// packages, with their licenses and versions; and the image says the same licenses of itself.
func TestImageSBOMs(t *testing.T) {
	for name, programs := range map[string][]string{"vaultseal": {"kubectl-vaultseal"},
		"vaultseal-ci": {"kubectl-vaultseal", "usr/local/bin/kubectl"}} {
		var bom struct {
			BOMFormat, SerialNumber string
			Metadata                struct{ Component struct{ Name, PURL string } }
			Components              []struct {
				Name, Version, PURL string
				Licenses            []struct{ License struct{ ID string } }
			}
		}
		readJSON(t, filepath.Join(layouts, name+".cdx.json"), &bom)
		if bom.BOMFormat != "CycloneDX" || !strings.HasPrefix(bom.SerialNumber, "urn:uuid:") ||
			bom.Metadata.Component.Name != name ||
			!strings.Contains(bom.Metadata.Component.PURL, strings.ReplaceAll(layoutDigest(t, name), ":", "%3A")) {
			t.Errorf("%s: the SBOM is about %+v, %s", name, bom.Metadata.Component, bom.SerialNumber)
		}
		kinds := map[string]bool{"MPL-2.0": true} // of the certificates
		if name == "vaultseal-ci" {
			kinds["GPL-2.0-only"], kinds["LGPL-2.1-or-later"] = true, true // of busybox, and of its C library
		}
		listed := map[string]bool{}
		var purls []string
		for _, c := range bom.Components {
			listed[c.Name+" "+c.Version] = true
			purls = append(purls, c.PURL)
			for _, l := range c.Licenses {
				kinds[l.License.ID] = true
			}
		}
		says := readImage(t, name, "amd64").config.Config.Labels["org.opencontainers.image.licenses"]
		if want := slices.Sorted(maps.Keys(kinds)); !slices.Equal(slices.Sorted(slices.Values(strings.Split(says,
			" AND "))), want) {
			t.Errorf("%s: the label of the licenses is %q, want %q", name, says, want)
		}
		for arch := range machines {
			root := readImage(t, name, arch).unpack(t)
			for _, program := range programs {
				built, err := buildinfo.ReadFile(filepath.Join(root, program))
				check(t, err)
				for _, module := range built.Deps {
					if module.Replace != nil {
						module = module.Replace
					}
					if !listed[module.Path+" "+module.Version] {
						t.Errorf("%s: the SBOM does not have %s %s", name, module.Path, module.Version)
					}
				}
			}
			wanted := []string{"pkg:deb/debian/ca-certificates@.*arch=all&distro=debian-[0-9]+$"}
			if name == "vaultseal-ci" {
				wanted = append(wanted, "pkg:deb/debian/busybox-static@.*arch="+arch+"&distro=debian-[0-9]+$",
					"pkg:deb/debian/glibc@.*arch=source&distro=debian-[0-9]+$")
			}
			for _, want := range wanted {
				if !slices.ContainsFunc(purls, regexp.MustCompile(want).MatchString) {
					t.Errorf("%s has no %s", name, want)
				}
			}
		}
	}
}
