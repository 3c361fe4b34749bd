# Opens entries, and checks whether a ciphertext belongs to a key.
path "transit/decrypt/+" { capabilities = ["update"] }
path "transit/rewrap/+" { capabilities = ["update"] }

# What the default policy would give; the roles leave it out.
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
