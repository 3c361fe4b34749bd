package plugin

// The hints about what the user gives to seal: documents, values and stdin.

func nothingToSealHint() string {
	return "specify a document or a Secret manifest with -f, for example -f secrets.json, or entries with " +
		"--from-file, --from-literal or --from-env-file"
}

// namedStdinHint is about stdin without the name of its entry.
func namedStdinHint(flag string) string {
	return "specify " + flag + " ENTRY=-, for example " + flag + " secrets.json=-"
}

// namedStdinOrManifestHint is about stdin that could also have been a manifest.
func namedStdinOrManifestHint() string {
	return namedStdinHint("-f") + "; a manifest has apiVersion v1 and kind Secret"
}

func emptyStdinHint() string { return "check the command before the pipe" }

func emptyDocumentHint() string { return "check the command that the document comes from" }

func emptyValueHint() string {
	return "check the command that the value comes from; to store an empty value, add --allow-empty"
}

func emptyAnswerHint() string {
	return "run it again and type the value; to store an empty value, add --allow-empty"
}

// documentFormatHint is about a file whose name does not tell its format.
func documentFormatHint() string {
	return "specify the format with ENTRY=PATH, for example ENTRY.json=PATH; to store any bytes, use --from-file"
}

func manifestNotDocumentHint() string {
	return "leave out ENTRY= to seal each of its values as an entry"
}
