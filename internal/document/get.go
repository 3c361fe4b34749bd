package document

// Get returns the text of what is at a path: a string as it is, a number or boolean as written, nothing for null, and
// JSON for a mapping or list. A path that leads to nothing is a *PathError.
func Get(format Format, data []byte, path Path) (string, error) {
	v, err := parse(format, data)
	if err != nil {
		return "", err
	}
	for at := range path {
		n, err := v.step(path, at)
		if err == nil && (n < 0 || n == len(v.items)) {
			err = &PathError{path[:at+1], reasonAbsent}
		}
		if err != nil {
			return "", err
		}
		v = v.items[n]
	}
	switch v.kind {
	case kindNull:
		return "", nil
	case kindArray, kindObject:
		return string(v.appendJSON(nil)), nil
	}
	return v.text, nil
}
