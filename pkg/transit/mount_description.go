package transit

import "context"

// MountDescription returns what administrators of Vault have written about a secrets engine; empty: nothing. As for
// proveEngine, a right below the mount is enough.
func (s *Session) MountDescription(ctx context.Context, mount string) (string, error) {
	is, err := s.Read(ctx, mountInformation+mount)
	if err != nil {
		return "", err
	}
	description, _ := is["description"].(string)
	return description, nil
}
