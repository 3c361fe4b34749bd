package workload

import "strings"

// expansions returns the names in the references $(NAME) of a text, as kubelet reads them: $$ is a dollar sign.
func expansions(text string) []string {
	var names []string
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 || at+1 == len(text) {
			return names
		}
		text = text[at+1:]
		end := strings.IndexByte(text, ')')
		switch {
		case text[0] != '(':
			text = text[1:]
		case end < 0:
			return names
		default:
			names = append(names, text[1:end])
			text = text[end+1:]
		}
	}
}
