package main

import "testing"

func TestIsUsableRunc(t *testing.T) {
	const rest = "\nspec: 1.2.0\ngo: go1.26\nlibseccomp: 2.5.4\n"
	for version, want := range map[string]bool{
		"runc version 1.1.5+ds1" + rest:             true,
		"runc version 2.0.0" + rest:                 true,
		"runc version 1.0.3" + rest:                 false,
		"runc version 1.3.0\nspec: 1.2.0\n":         false,
		"crun version 1.8.1\n+SECCOMP libseccomp: ": false,
	} {
		if got := isUsableRunc(version); got != want {
			t.Errorf("%q: got %t", version, got)
		}
	}
}

func TestParseImage(t *testing.T) {
	image, err := parseImage([]string{"localhost/x:1", "-entrypoint=/x", "-user=1000", "/x=./x", "/etc/a=b=c"})
	if err != nil || image.Name != "localhost/x:1" || image.User != "1000" || len(image.Files) != 2 ||
		image.Files[1].Source != "b=c" {
		t.Errorf("got %+v, %v", image, err)
	}
	for _, args := range [][]string{nil, {"x", "relative=y"}, {"x", "/only"}, {"x", "-other=y"}} {
		if _, err := parseImage(args); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

func TestVariantsFit(t *testing.T) {
	for command, wanted := range map[string]map[variant]bool{
		"up":             {{node: true}: true, {raft: true}: true, {raft: true, node: true}: false},
		"build":          {{node: true}: true, {raft: true}: false},
		"env":            {{node: true}: false, {}: true},
		superviseCommand: {{node: true}: true},
	} {
		for v, want := range wanted {
			if got := v.fits(command); got != want {
				t.Errorf("%s with %+v: got %t", command, v, got)
			}
		}
	}
}
