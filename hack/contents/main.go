// Command contents says what a release contains, from the modules that Go records in a binary:
//
//	contents licenses [-source DIR] BINARY FILE
//	contents sbom -name NAME -version VERSION -layout DIR [-packages FILE] FILE BINARY…
//
// licenses writes the licenses of all modules, as texts. It fails if a module has none, or one that is not allowed.
// DIR is the source of the main module: what is copied into it with a license of its own is listed too.
//
// sbom writes the SBOM of an image in an OCI layout, as CycloneDX. The file of -packages has what dpkg-deb says of the
// Debian packages in it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	err := run(os.Args[1:])
	switch {
	case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(os.Stderr, "usage: contents licenses [-source DIR] BINARY FILE\n"+
			"       contents sbom -name NAME -version VERSION -layout DIR [-packages FILE] FILE BINARY…")
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("unknown arguments")

func run(args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "licenses":
		return runLicenses(args[1:])
	case "sbom":
		return runSBOM(args[1:])
	}
	return errUsage
}

func runLicenses(args []string) error {
	flags := flag.NewFlagSet("licenses", flag.ContinueOnError)
	source := flags.String("source", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return errUsage
	}
	b, err := readBinary(flags.Arg(0))
	if err != nil {
		return err
	}
	if *source != "" {
		if err := b.addCopied(*source); err != nil {
			return err
		}
	}
	if err := b.check(); err != nil {
		return err
	}
	return writeFile(flags.Arg(1), []byte(licensesText(b)))
}

func runSBOM(args []string) error {
	flags := flag.NewFlagSet("sbom", flag.ContinueOnError)
	var i image
	flags.StringVar(&i.name, "name", "", "")
	flags.StringVar(&i.version, "version", "", "")
	layout := flags.String("layout", "", "")
	packages := flags.String("packages", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() < 2 || i.name == "" || i.version == "" || *layout == "" {
		return errUsage
	}
	var err error
	if i.digest, err = layoutDigest(*layout); err != nil {
		return err
	}
	if *packages != "" {
		if i.packages, err = readPackages(*packages); err != nil {
			return err
		}
	}
	for _, path := range flags.Args()[1:] {
		b, err := readBinary(path)
		if err == nil {
			err = b.check()
		}
		if err != nil {
			return err
		}
		i.binaries = append(i.binaries, b)
	}
	return writeSBOM(flags.Arg(0), i)
}

// writeFile writes what everyone may read, into a directory that it makes if need be.
func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
