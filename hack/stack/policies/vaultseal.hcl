# Seals and opens: create, view, verify, set and edit.
path "transit/encrypt/+" { capabilities = ["update"] }
path "transit/decrypt/+" { capabilities = ["update"] }
path "transit/rewrap/+" { capabilities = ["update"] }
path "transit/keys/+" { capabilities = ["read"] }

# What the default policy would give; the roles leave it out.
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
