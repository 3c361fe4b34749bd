// Package patch changes single values of a YAML or JSON document in its text. Everything else stays byte for byte:
// comments, order, quotes, indentation and line ends. It also returns the edits that undo a change.
//
//	d, err := patch.Parse(text)
//	pod := patch.Path{patch.Key("spec"), patch.Key("template"), patch.Key("spec")}
//	after, inverse, err := d.Apply([]patch.Edit{
//		{Op: patch.Set, At: pod.With(patch.Key("volumes"), patch.Item("tls"), patch.Key("emptyDir")),
//			Value: patch.Object{{"medium", "Memory"}, {"sizeLimit", "1Mi"}}},
//		{Op: patch.Insert, At: pod.With(patch.Key("initContainers"), patch.Index(0)), Value: container},
//		{Op: patch.Remove, At: pod.With(patch.Key("volumes"), patch.Item("tls"), patch.Key("secret"))},
//	})
//
// An edit sees what the edits before it did.
//
// The inverse has the source text of what it restores. Applied to the result, it gives the original bytes. Applied to
// the same document in another form, for example with sorted keys, without comments, or as JSON, it gives the original
// value. What others removed since then is left alone. An inverse has a JSON form, so that it can be stored in the
// document itself: set the place to an empty string in the same Apply, and in a second one to the JSON form of the
// inverse of the first.
package patch
