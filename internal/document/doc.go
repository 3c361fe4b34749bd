// Package document reads, compares, changes and prints the plaintext documents
// that are sealed as one entry: JSON, YAML and dotenv.
//
// It is pure: it opens no file and no connection. JSON text is the common form:
// ToJSON converts a document of any format to it, and ToYAML, ToEnv and Diff
// take it. Numbers keep their literal or, where the target has no such
// notation, their exact value; no decimal number passes through a floating
// point type.
//
// A document is one mapping. The mapping can be empty: `{}`, or a dotenv file
// with only comments. Text with only white space, and YAML text with only
// comments, is empty, which is an error.
//
// Errors hold no value and no key of the document that was read, because a
// broken document can have a value in the place of a key: an Error is a reason
// from a fixed set with a line and a column. Only MemberError, PathError and
// the paths of Diff name members.
//
// # Why ToYAML has a printer of its own
//
// The encoder of go.yaml.in/yaml/v3 (v3.0.6) was tried with nodes and styles,
// on the tests and fuzz targets of this package. With the styles that the
// encoder chooses, other readers and the library itself get other values:
//
//	"yes", "on", "y"     plain; YAML 1.1 reads a boolean
//	"1:30"               plain; YAML 1.1 reads the number 90
//	"="                  plain; PyYAML refuses it
//	"\tx\ny\n"           a literal block that the library cannot read
//
// So the choice of styles in yaml_quote.go is needed. With these styles the
// encoder loses no value, but:
//
//	"a\n😀\nb\n"         characters above U+FFFF are escaped; a text of several
//	                     lines with one of them is printed as a single line
//	"\u202eabc"          characters that are invisible or change the direction
//	                     of text are not escaped, and mislead in an editor
//	{"a\nb": 1}          keys that are long or escaped take two lines (? and :)
//	[1,1,1,…], 1 MiB     takes 10 times as long and allocates 13 times as much
package document
