// Package merge merges three texts of manifests, as git's merge drivers do, where the sealed entries of their Secrets
// need more than lines: two ciphertexts of one value differ.
//
// Read matches the Secrets and the entries of the texts. An entry that one side changed takes that side. Resolve opens
// those that both sides changed, and decides. Texts returns the texts with the same ciphertext in all three wherever
// that is decided, so that a merge of lines does the rest. Check finds what is wrong with the result of that.
//
// The texts may have been written by others. They choose no namespace, and no key that plaintext is sealed with.
package merge
