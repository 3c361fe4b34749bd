package doctor

// fact is something that a check finds and later checks need, as named in a sentence.
type fact string

const (
	anAPIServer       fact = "the API server"
	aConfiguration    fact = "the configuration"
	aVault            fact = "Vault's address"
	aKeyName          fact = "the transit key's name"
	anIdentity        fact = "a token to log in with"
	aConnection       fact = "a connection to Vault"
	aCertificate      fact = "a certificate that is accepted"
	aServingVault     fact = "a Vault that serves"
	aLogin            fact = "a login to Vault"
	aRequestedToken   fact = "a token that doctor requests itself"
	aKey              fact = "a transit key that can seal"
	theRightToEncrypt fact = "the right to encrypt"
	theRightToDecrypt fact = "the right to decrypt"
	theCapabilities   fact = "the right to ask " + capabilitiesPath
)
