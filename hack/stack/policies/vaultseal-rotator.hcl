# Rotates without ever seeing plaintext: neither encrypt nor decrypt.
path "transit/rewrap/+" { capabilities = ["update"] }
path "transit/keys/+" { capabilities = ["read"] }
path "transit/keys/+/rotate" { capabilities = ["update"] }

# What the default policy would give; the roles leave it out.
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
