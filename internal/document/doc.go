// Package document reads and prints the plaintext documents that are sealed
// as one entry: JSON, YAML and dotenv.
//
// It is pure: it never opens a file and speaks to nobody. JSON text is its
// common form: ToJSON turns a document of any format into it, and ToYAML,
// ToEnv and Diff start from it. Numbers keep their literal or, where the
// target has no such notation, their exact value; none passes through a
// floating point type.
//
// A document is one mapping. A mapping without members is one too: `{}`, or a
// dotenv file of comments only. Text of white space only is empty, and YAML
// text of comments only holds no document, which is the same; both are errors.
//
// Errors never hold a value or a key of the document that was read, because a
// broken document may have a value where a key belongs: an Error is a reason
// from a fixed set with a line and a column. Only ToEnv's MemberError and the
// paths of Diff name members, and both start from well-formed JSON.
package document
