// Command krew writes the krew manifest of a release:
//
//	krew TEMPLATE TAG CHECKSUMS >vaultseal.yaml
//
// TEMPLATE is .krew.yaml, which krew-release-bot takes too: the value TagName and the function addURIAndSha are that
// bot's. CHECKSUMS has a line for each archive, as sha256sum writes it.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"text/template"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: krew TEMPLATE TAG CHECKSUMS")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

// release is what the template is given.
type release struct {
	TagName string
	sums    map[string]string // file name -> hexadecimal SHA-256
}

func write(to io.Writer, from, tag, checksums string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	file, err := os.Open(checksums)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	sums, err := parseChecksums(file)
	if err != nil {
		return fmt.Errorf("%s: %w", checksums, err)
	}
	r := release{tag, sums}
	manifest, err := template.New(from).Option("missingkey=error").
		Funcs(template.FuncMap{"addURIAndSha": r.uriAndSHA}).Parse(string(text))
	if err != nil {
		return err
	}
	return manifest.Execute(to, r)
}

// uriAndSHA are two lines of a platform, whose address is a template too.
func (r release) uriAndSHA(address, tag string) (string, error) {
	parsed, err := template.New("address").Parse(address)
	if err != nil {
		return "", err
	}
	uri := strings.Builder{}
	if err := parsed.Execute(&uri, release{TagName: tag}); err != nil {
		return "", err
	}
	sum, ok := r.sums[path.Base(uri.String())]
	if !ok {
		return "", fmt.Errorf("no checksum of %s", path.Base(uri.String()))
	}
	return fmt.Sprintf("uri: %s\n    sha256: %s", &uri, sum), nil
}

func parseChecksums(from io.Reader) (map[string]string, error) {
	sums := map[string]string{}
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || len(sum) != 64 {
			return nil, fmt.Errorf("line %d: want SHA256, two spaces and a file name", len(sums)+1)
		}
		sums[name] = sum
	}
	return sums, lines.Err()
}
