package main

import (
	"encoding/xml"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin"
)

const drawn = "../../docs/demo.svg"

// part is what an SVG shows in one colour; other elements are told by their name.
type part struct{ element, class, text string }

func parts(t *testing.T, svg string) []part {
	t.Helper()
	var all []part
	open := false // the last element's text goes on
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			one := part{element: token.Name.Local}
			for _, attribute := range token.Attr {
				if attribute.Name.Local == "class" {
					one.class = attribute.Value
				}
			}
			all, open = append(all, one), true
		case xml.EndElement:
			open = false
		case xml.CharData:
			if open {
				all[len(all)-1].text += string(token)
			}
		}
	}
}

func commandsIn(t *testing.T, svg string) []string {
	var commands []string
	for _, one := range parts(t, svg) {
		if one.class == "command" {
			commands = append(commands, strings.TrimSpace(one.text))
		}
	}
	return commands
}

func thePicture(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(drawn)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPictureIsOfTheSession: a changed session needs a new picture.
func TestPictureIsOfTheSession(t *testing.T) {
	var typed []string
	for _, command := range session() {
		command, _, _ = strings.Cut(command, "#")
		typed = append(typed, strings.TrimSpace(command))
	}
	if shown := commandsIn(t, thePicture(t)); !slices.Equal(shown, typed) {
		t.Errorf("docs/demo.svg is stale, run make picture: it shows %q, the session is %q", shown, typed)
	}
}

// TestPictureShowsCommandsThatExist, with flags and arguments that these take.
func TestPictureShowsCommandsThatExist(t *testing.T) {
	ours := 0
	for _, line := range commandsIn(t, thePicture(t)) {
		words, found := strings.CutPrefix(line, "kubectl vaultseal ")
		if !found {
			continue
		}
		ours++
		if err := accepts(commands(), strings.Fields(words)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if ours < 4 {
		t.Errorf("only %d commands of ours are shown", ours)
	}
}

func accepts(root *cobra.Command, words []string) error {
	command, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if err := command.ParseFlags(rest); err != nil {
		return err
	}
	return command.ValidateArgs(command.Flags().Args())
}

func TestAcceptsRefuses(t *testing.T) {
	for _, line := range []string{"nonsense", "view shop --no-such-flag", "view"} {
		if accepts(commands(), strings.Fields(line)) == nil {
			t.Errorf("%q is taken for a command", line)
		}
	}
}

// TestPictureIsInert: it runs nothing, fetches nothing, and tells no token.
func TestPictureIsInert(t *testing.T) {
	picture := thePicture(t)
	for _, one := range parts(t, picture) {
		if !slices.Contains([]string{"svg", "title", "style", "rect", "circle", "text", "tspan"}, one.element) {
			t.Errorf("it has an element %s", one.element)
		}
	}
	for _, foreign := range []string{"href", "url(", "@import", "hvs.", "eyJ"} {
		if strings.Contains(picture, foreign) {
			t.Errorf("it holds %q", foreign)
		}
	}
}

func TestDraw(t *testing.T) {
	picture := draw([]line{{typed: true, text: "a <b> && c   # why"}, {text: "x: 'é…'"}, {}, {text: "end"}})
	var shown []string
	for _, one := range parts(t, picture) {
		if one.element == "text" || one.element == "tspan" {
			shown = append(shown, one.class+"|"+one.text)
		}
	}
	want := []string{"|", "prompt|$ ", "command|a <b> && c   ", "comment|# why", "|x: 'é…'", "|end"}
	if !slices.Equal(shown, want) {
		t.Errorf("got %q, want %q", shown, want)
	}
}

func TestShorten(t *testing.T) {
	long := strings.Repeat("Ab+/", 20)
	if got := shorten("x: vault:v12:" + long + "=="); got != "x: vault:v12:"+long[:40]+"…" {
		t.Error(got)
	}
	if got := shorten("vault:v1:short"); got != "vault:v1:short" {
		t.Error(got)
	}
}

func commands() *cobra.Command {
	root, _ := plugin.Commands()
	return root
}
