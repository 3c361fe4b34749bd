package document

import (
	"bytes"
	"strings"
)

// The dotenv grammar. The file is read once from top to bottom. A line ends with LF or CRLF. Blank means space or tab.
//
//	file    = { line }
//	line    = { blank } [ comment | member ] end
//	member  = [ "export" blank { blank } ] name { blank } "=" { blank } value
//	name    = letter | "_" | "." | "-", then these and digits
//	value   = plain | quoted { blank } [ blank comment ]
//	plain   = the rest of the line, up to a blank followed by "#", trimmed
//	quoted  = ( single | double ), then { single | double | "\" any of ' " \ $ ` }
//	single  = "'" anything but "'", over several lines too "'"
//	double  = `"` anything but `"`, over several lines too `"`
//	comment = "#" the rest of the line
//
// In double quotes \n, \r, \t, \\, \", \$ and \` are one character each; a backslash before any other character is a
// backslash. In single quotes and in plain values no character is special. Nothing is interpolated or executed: $ and `
// are ordinary characters. Bytes in quotes are kept as they are, CRLF included. Duplicate names and NUL are errors.

const (
	reasonName         = "want NAME=VALUE"
	reasonUnterminated = "quote is not closed"
	reasonAfterQuote   = "text after a closing quote"
	reasonNUL          = "NUL character"
)

// parseEnv reads a dotenv file: an object of strings in the file's order.
func parseEnv(data []byte) (*value, error) {
	if at := bytes.IndexByte(data, 0); at >= 0 {
		line, _ := position(data, at)
		return nil, envError(line, reasonNUL)
	}
	p := envParser{rest: string(data), line: 1}
	file := &value{kind: kindObject}
	taken := make(map[string]bool)
	for p.rest != "" {
		p.blanks()
		if p.atEnd() || p.rest[0] == '#' {
			p.endLine()
			continue
		}
		line := p.line
		name, text, err := p.member()
		if err != nil {
			return nil, err
		}
		if taken[name] {
			return nil, envError(line, reasonDuplicate)
		}
		taken[name] = true
		file.names = append(file.names, name)
		file.items = append(file.items, &value{kind: kindString, text: text})
	}
	return file, nil
}

func envError(line int, reason string) *Error {
	return &Error{Format: Env, Line: line, Reason: reason}
}

// envParser holds the unread rest of the file and the number of its first line.
type envParser struct {
	rest string
	line int
}

// member reads NAME=VALUE and the end of its line.
func (p *envParser) member() (name, text string, err error) {
	name = p.name()
	if after := strings.TrimLeft(p.rest, " \t"); name == "export" && after != p.rest && !strings.HasPrefix(after, "=") {
		p.rest = after
		name = p.name()
	}
	p.blanks()
	if name == "" || !strings.HasPrefix(p.rest, "=") {
		return "", "", envError(p.line, reasonName)
	}
	p.rest = p.rest[1:]
	spaced := p.blanks()
	if strings.HasPrefix(p.rest, "'") || strings.HasPrefix(p.rest, `"`) {
		text, err = p.quoted()
		return name, text, err
	}
	text = strings.TrimSuffix(p.endLine(), "\r")
	if spaced && strings.HasPrefix(text, "#") {
		text = ""
	}
	for i := 1; i < len(text); i++ {
		if text[i] == '#' && isBlank(text[i-1]) {
			text = text[:i]
		}
	}
	return name, strings.TrimRight(text, " \t"), nil
}

// name reads a name. It returns an empty string and reads nothing when no name starts here.
func (p *envParser) name() string {
	end := 0
	for end < len(p.rest) && isNameByte(p.rest[end]) {
		end++
	}
	name := p.rest[:end]
	if name == "" || isDigit(name[0]) {
		return ""
	}
	p.rest = p.rest[end:]
	return name
}

func isNameByte(c byte) bool { return isShellByte(c) || c == '.' || c == '-' }

func isShellByte(c byte) bool {
	return c == '_' || isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// quoted reads adjacent quoted segments and the rest of their line.
func (p *envParser) quoted() (string, error) {
	var text strings.Builder
	for !p.atEnd() {
		var err error
		switch c := p.rest[0]; {
		case c == '\'':
			err = p.single(&text)
		case c == '"':
			err = p.double(&text)
		case c == '\\' && len(p.rest) > 1 && strings.IndexByte("'\"\\$`", p.rest[1]) >= 0:
			text.WriteByte(p.rest[1])
			p.rest = p.rest[2:]
		default:
			spaced := p.blanks()
			if !p.atEnd() && (!spaced || p.rest[0] != '#') {
				return "", envError(p.line, reasonAfterQuote)
			}
			p.endLine()
			return text.String(), nil
		}
		if err != nil {
			return "", err
		}
	}
	p.endLine()
	return text.String(), nil
}

func (p *envParser) single(text *strings.Builder) error {
	segment, rest, closed := strings.Cut(p.rest[1:], "'")
	if !closed {
		return envError(p.line, reasonUnterminated)
	}
	text.WriteString(segment)
	p.line += strings.Count(segment, "\n")
	p.rest = rest
	return nil
}

func (p *envParser) double(text *strings.Builder) error {
	start := p.line
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return nil
		case '\\':
			if i+1 < len(p.rest) {
				if char, ok := unescaped(p.rest[i+1]); ok {
					text.WriteByte(char)
					i++
					continue
				}
			}
			text.WriteByte(c)
		case '\n':
			p.line++
			text.WriteByte(c)
		default:
			text.WriteByte(c)
		}
	}
	return envError(start, reasonUnterminated)
}

// unescaped returns the character that a backslash and c stand for.
func unescaped(c byte) (char byte, ok bool) {
	switch c {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case '\\', '"', '$', '`':
		return c, true
	default:
		return 0, false
	}
}

// blanks skips blanks and reports whether there were any.
func (p *envParser) blanks() bool {
	before := len(p.rest)
	p.rest = strings.TrimLeft(p.rest, " \t")
	return len(p.rest) < before
}

// atEnd reports whether the line ends here.
func (p *envParser) atEnd() bool {
	rest := strings.TrimPrefix(p.rest, "\r")
	return rest == "" || rest[0] == '\n'
}

// endLine skips the rest of the line with its end. It returns the rest without the LF.
func (p *envParser) endLine() string {
	line, rest, _ := strings.Cut(p.rest, "\n")
	p.rest = rest
	p.line++
	return line
}
