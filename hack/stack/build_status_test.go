package main

import (
	"bytes"
	"testing"
)

func TestBuildStatus(t *testing.T) {
	const listed, other = "example.test/a", "example.test/b"
	for _, test := range []struct {
		name       string
		terminal   bool
		want, rest string
	}{
		{
			name: "log",
			want: "building vault: 0 of 2 packages\nbuilding kube and vault: 0 of 3 packages\n" +
				"building kube and vault: 3 of 3 packages\nwaiting\n",
		},
		{
			name:     "terminal",
			terminal: true,
			want: "\rbuilding vault: 0 of 2 packages\033[K\rbuilding kube and vault: 0 of 3 packages\033[K" +
				"\rbuilding kube and vault: 1 of 3 packages\033[K\rbuilding kube and vault: 2 of 3 packages\033[K" +
				"\rbuilding kube and vault: 3 of 3 packages\033[K\nwaiting\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			status := newBuildStatus(&out)
			status.terminal = test.terminal
			vault := status.begin("vault", map[string]bool{listed: true, other: true})
			kube := status.begin("kube", map[string]bool{listed: true})
			for _, part := range []string{listed + "\n# example", ".test/b\nb.go:1: broken\nexample.", "test/b\n"} {
				if n, err := vault.Write([]byte(part)); n != len(part) || err != nil {
					t.Errorf("write %q: %d, %v", part, n, err)
				}
			}
			if _, err := kube.Write([]byte(listed + "\n")); err != nil {
				t.Error(err)
			}
			status.say("waiting")
			status.end()
			if got := out.String(); got != test.want {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
			if got, want := vault.rest.String(), "# example.test/b\nb.go:1: broken\n"; got != want {
				t.Errorf("kept %q, want %q", got, want)
			}
			if got := kube.rest.String(); got != "" {
				t.Errorf("kept %q of a build without errors", got)
			}
		})
	}
}

func TestCompilersKeepTheMemoryThatTheUserSet(t *testing.T) {
	if got := compilerMemory(); len(got) == 0 {
		t.Error("compilers get no setting")
	}
	t.Setenv("GOGC", "50")
	if got := compilerMemory(); got != nil {
		t.Errorf("with GOGC=50 compilers get %q", got)
	}
}
