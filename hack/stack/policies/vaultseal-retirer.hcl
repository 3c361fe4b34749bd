# What rotate --retire needs besides the rotator's policy. Without allowed_parameters
# it could make a key exportable, which cannot be undone.
path "transit/keys/+/config" {
  capabilities = ["update"]
  allowed_parameters = {
    "min_decryption_version" = []
    "min_encryption_version" = []
  }
}
