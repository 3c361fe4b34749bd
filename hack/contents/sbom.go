package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// image is what an SBOM is about: for all architectures, with the programs and packages of each.
type image struct {
	name, version, digest string
	binaries              []binary
	packages              []debianPackage
}

// These are the parts of CycloneDX 1.6 that are used.
type bom struct {
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	SerialNumber string       `json:"serialNumber"` // GitHub attests no SBOM without one
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Ref      string    `json:"bom-ref"`
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	PURL     string    `json:"purl,omitempty"`
	Hashes   []hash    `json:"hashes,omitempty"`
	Licenses []license `json:"licenses,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type license struct {
	License licenseID `json:"license"`
}

type licenseID struct {
	ID string `json:"id"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// layoutDigest is the digest of the only image, or index of images, in an OCI layout.
func layoutDigest(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		return "", err
	}
	var index struct {
		Manifests []struct{ Digest string }
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	if len(index.Manifests) != 1 {
		return "", fmt.Errorf("%s holds %d images, want one", dir, len(index.Manifests))
	}
	return index.Manifests[0].Digest, nil
}

func writeSBOM(path string, i image) error {
	text, err := json.MarshalIndent(i.bom(), "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(text, '\n'))
}

// bom is the same whenever it is made of the same image: its serial number comes from the image's digest.
func (i image) bom() bom {
	ref := "pkg:oci/" + i.name + "@" + url.QueryEscape(i.digest) + "?repository_url=ghcr.io/vaultseal/" + i.name
	top := component{Ref: ref, Type: "container", Name: i.name, Version: i.version, PURL: ref,
		Hashes: []hash{{"SHA-256", strings.TrimPrefix(i.digest, "sha256:")}}}
	b := bom{Format: "CycloneDX", SpecVersion: "1.6", Version: 1, Metadata: metadata{top},
		SerialNumber: "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(ref)).String()}
	parts := map[string][]string{} // of a program or the image, their references
	for _, one := range i.binaries {
		program := "program:" + one.path
		parts[ref] = append(parts[ref], program)
		b.add(component{Ref: program, Type: "application", Name: one.path, Version: i.version})
		for _, m := range one.modules {
			c := m.component()
			b.add(c)
			parts[program] = append(parts[program], c.Ref)
		}
	}
	for _, one := range i.packages {
		c := one.component()
		b.add(c)
		parts[ref] = append(parts[ref], c.Ref)
		for _, source := range one.builtUsing {
			b.add(source)
			parts[c.Ref] = append(parts[c.Ref], source.Ref)
		}
	}
	for from, to := range parts {
		slices.Sort(to)
		b.Dependencies = append(b.Dependencies, dependency{from, slices.Compact(to)})
	}
	slices.SortFunc(b.Dependencies, func(x, y dependency) int { return strings.Compare(x.Ref, y.Ref) })
	slices.SortFunc(b.Components, func(x, y component) int { return strings.Compare(x.Ref, y.Ref) })
	return b
}

// add adds what is not there: another architecture has it too.
func (b *bom) add(c component) {
	if !slices.ContainsFunc(b.Components, func(has component) bool { return has.Ref == c.Ref }) {
		b.Components = append(b.Components, c)
	}
}

func (m linked) component() component {
	c := component{Type: "library", Name: m.path, Version: m.version,
		PURL: "pkg:golang/" + m.path + "@" + strings.ReplaceAll(m.version, "+", "%2B") + "?type=module"}
	if m.path == standardLibrary { // as scanners for vulnerabilities know it
		c.PURL = "pkg:golang/stdlib@" + strings.TrimPrefix(m.version, "go")
	}
	c.Ref = c.PURL
	// A sum of go.sum is h1: and the SHA-256 of a list of all files, in base64.
	if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.sum, "h1:")); err == nil && len(sum) > 0 {
		c.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum)}}
	}
	for _, kind := range m.kinds() {
		c.Licenses = append(c.Licenses, license{licenseID{kind}})
	}
	return c
}
