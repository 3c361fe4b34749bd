package patch

import (
	"fmt"
	"strings"
	"testing"
)

// largeDocuments are documents of about a megabyte, with 5,000 items.
func largeDocuments() map[string]string {
	var block, flow, pretty strings.Builder
	block.WriteString("v:\n")
	flow.WriteString(`{"v":[`)
	pretty.WriteString("{\n  \"v\": [\n")
	for n := range 5000 {
		filler := strings.Repeat("x", 150)
		fmt.Fprintf(&block, "- name: i%d # c\n  data:\n    text: %s\n", n, filler)
		separator, line := ",", ",\n"
		if n == 4999 {
			separator, line = "", "\n"
		}
		fmt.Fprintf(&flow, `{"name":"i%d","data":{"text":"%s"}}%s`, n, filler, separator)
		fmt.Fprintf(&pretty, "    {\n      \"name\": \"i%d\",\n      \"data\": {\"text\": \"%s\"}\n    }%s", n, filler, line)
	}
	flow.WriteString("]}")
	pretty.WriteString("  ]\n}\n")
	return map[string]string{"block": block.String(), "flow": flow.String(), "pretty": pretty.String()}
}

// TestLargeDocuments makes edits in each item of large documents. If each took time for the whole document, this would
// take minutes.
func TestLargeDocuments(t *testing.T) {
	for name, text := range largeDocuments() {
		t.Run(name, func(t *testing.T) {
			d, err := Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			var edits []Edit
			for n := range 5000 {
				item := Path{Key("v"), Item(fmt.Sprint("i", n))}
				edits = append(edits, Edit{Op: Set, At: item.With(Key("data"), Key("more")), Value: n})
				switch n % 5 {
				case 0:
					edits = append(edits, Edit{Op: Remove, At: item})
				case 1:
					edits = append(edits, Edit{Op: Insert, At: item, Value: Object{{"name", fmt.Sprint("n", n)}}})
				}
			}
			after, inverse, err := d.Apply(edits)
			if err != nil || len(inverse) != len(edits) {
				t.Fatal(err)
			}
			changed, err := Parse(after)
			if err != nil {
				t.Fatal(err)
			}
			if before, _, err := changed.Apply(inverse); err != nil || string(before) != text {
				t.Fatal(err)
			}
		})
	}
}
