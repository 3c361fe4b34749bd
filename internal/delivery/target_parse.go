package delivery

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// The text of a target begins with a path, which may have any character. What follows the path has neither "=" nor
// spaces, so the text is read from its end: first the options, then the text behind the last "=".

// ParseSealed reads DIR=SECRET[,transit-key=[MOUNT/]NAME][,scope=SCOPE].
func ParseSealed(text string) (Sealed, error) {
	text, options := cutOptions(text, "transit-key=", "scope=")
	dir, secret, err := cutPath(text, "DIR=SECRET[,transit-key=[MOUNT/]NAME][,scope=SCOPE]")
	if err == nil {
		err = checkSecret(secret)
	}
	if err != nil {
		return Sealed{}, err
	}
	from := Sealed{Dir: dir, Secret: secret}
	if key, given := options["transit-key="]; given {
		if from.Key, err = sealed.ParseKeyTemplate(key); err == nil && from.Key.IsZero() {
			err = errors.New("transit-key: want [MOUNT/]NAME")
		}
		if err != nil {
			return Sealed{}, err
		}
	}
	if text, given := options["scope="]; given {
		scope, err := ParseScope(text)
		if err != nil {
			return Sealed{}, err
		}
		from.Scope = &scope
	}
	return from, nil
}

// ParseScope reads a scope, or "unbound" for none.
func ParseScope(text string) (sealed.Scope, error) {
	if text == sealed.Unbound.String() {
		return sealed.Unbound, nil
	}
	scope, err := sealed.ParseScope(text)
	if err != nil {
		return scope, fmt.Errorf("scope: want %s, %s, %s or %s", sealed.Strict, sealed.NamespaceWide,
			sealed.ClusterWide, sealed.Unbound)
	}
	return scope, nil
}

// ParseDir reads DIR[=SECRET][,mode=MODE].
func ParseDir(text string) (*Dir, error) {
	text, options := cutOptions(text, "mode=")
	mode, err := parseMode(options)
	if err != nil {
		return nil, err
	}
	path, secret := text, ""
	if at := strings.LastIndexByte(text, '='); at >= 0 {
		path, secret = text[:at], text[at+1:]
	}
	if secret != "" {
		err = checkSecret(secret)
	}
	if err == nil {
		path, err = ParsePath(path)
	}
	return &Dir{Path: path, Secret: secret, Mode: mode}, err
}

// ParseFile reads PATH=SECRET/ENTRY[,mode=MODE][,optional].
func ParseFile(text string) (*File, error) {
	text, options := cutOptions(text, "mode=", optional)
	mode, err := parseMode(options)
	if err != nil {
		return nil, err
	}
	path, from, err := cutPath(text, "PATH=SECRET/ENTRY[,mode=MODE][,optional]")
	if err != nil {
		return nil, err
	}
	entry, err := ParseEntry(from)
	_, without := options[optional]
	return &File{Path: path, Entry: entry, Mode: mode, Optional: without}, err
}

// ParseCopy reads DIR=FROM[,mode=MODE]. DIR has no "=".
func ParseCopy(text string) (*Copy, error) {
	text, options := cutOptions(text, "mode=")
	var mode fs.FileMode
	var err error
	if len(options) > 0 {
		mode, err = parseMode(options)
	}
	to, from, found := strings.Cut(text, "=")
	if !found {
		err = errors.New("want DIR=FROM[,mode=MODE]")
	}
	if err == nil {
		to, err = ParsePath(to)
	}
	if err == nil {
		from, err = ParsePath(from)
	}
	return &Copy{Path: to, From: from, Mode: mode}, err
}

// ParseEnvFile reads PATH=NAME:SECRET/ENTRY[,optional][,NAME:SECRET/ENTRY[,optional]...].
func ParseEnvFile(text string) (EnvFile, error) {
	path, list, err := cutPath(text, "PATH=NAME:SECRET/ENTRY[,optional]")
	if err != nil {
		return EnvFile{}, err
	}
	file := EnvFile{Path: path}
	for word := range strings.SplitSeq(list, ",") {
		if last := len(file.Variables) - 1; word == optional && last >= 0 && !file.Variables[last].Optional {
			file.Variables[last].Optional = true
			continue
		}
		name, from, found := strings.Cut(word, ":")
		if !found {
			return EnvFile{}, errors.New("want NAME:SECRET/ENTRY, several with commas between them")
		}
		entry, err := ParseEntry(from)
		if err == nil {
			err = checkEnvName(name)
		}
		if err != nil {
			return EnvFile{}, err
		}
		if slices.ContainsFunc(file.Variables, func(v Variable) bool { return v.Name == name }) {
			return EnvFile{}, fmt.Errorf("variable %q occurs twice", name)
		}
		file.Variables = append(file.Variables, Variable{Name: name, Entry: entry})
	}
	return file, nil
}

// ParseEntry reads SECRET/ENTRY.
func ParseEntry(text string) (Entry, error) {
	secret, name, found := strings.Cut(text, "/")
	if !found {
		return Entry{}, errors.New("want SECRET/ENTRY")
	}
	if problems := validation.IsConfigMapKey(name); len(problems) > 0 {
		return Entry{}, fmt.Errorf("entry %q: %s", name, problems[0])
	}
	return Entry{Secret: secret, Name: name}, checkSecret(secret)
}

// ParsePath checks and cleans a path.
func ParsePath(text string) (string, error) {
	if text == "" {
		return "", errors.New("the path is empty")
	}
	if strings.Contains(text, "\x00") {
		return "", errors.New("the path has a NUL")
	}
	return filepath.Clean(text), nil
}

const optional = "optional"

// cutOptions cuts options off the end of a text. An option's name ends with "=" if it has a value. Each is taken once:
// anything before it belongs to the text.
func cutOptions(text string, names ...string) (rest string, options map[string]string) {
	options = map[string]string{}
	for {
		comma := strings.LastIndexByte(text, ',')
		if comma < 0 {
			return text, options
		}
		name, value := text[comma+1:], ""
		if equals := strings.IndexByte(name, '='); equals >= 0 {
			name, value = name[:equals+1], name[equals+1:]
		}
		if _, taken := options[name]; taken || !slices.Contains(names, name) || strings.Contains(value, "=") {
			return text, options
		}
		options[name], text = value, text[:comma]
	}
}

// cutPath cuts a text at its last "=".
func cutPath(text, form string) (path, rest string, err error) {
	at := strings.LastIndexByte(text, '=')
	if at < 0 {
		return "", "", errors.New("want " + form)
	}
	path, err = ParsePath(text[:at])
	return path, text[at+1:], err
}

func parseMode(options map[string]string) (fs.FileMode, error) {
	text, given := options["mode="]
	if !given {
		return DefaultMode, nil
	}
	mode, err := strconv.ParseUint(text, 8, 32)
	if err != nil || mode > 0o777 {
		return 0, errors.New("mode: want an octal number from 0000 to 0777, such as 0400")
	}
	return fs.FileMode(mode), nil
}

func checkSecret(name string) error {
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return fmt.Errorf("secret %q: %s", name, problems[0])
	}
	return nil
}
