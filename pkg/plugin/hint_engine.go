package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// engineHint is about one error of internal/engine, without those that it wraps.
func engineHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *engine.OtherKeyError:
		return otherKeyHint(e) // before Vault's own, which would ask for a policy
	case *engine.MovedError:
		return movedHint(e) // before Vault's own, which does not know the place
	case *engine.TargetExistsError:
		return targetExistsHint(e)
	case *engine.TargetDeletingError:
		return targetDeletingHint(e)
	case *engine.UnreadTargetError:
		return "run the command again: it keeps the old Secret until the new one is there and opens"
	case *engine.NotDeletedError:
		return notDeletedHint(e)
	case *engine.UnconfiguredKeyError:
		return unconfiguredHint(e)
	case *engine.KeyMismatchError:
		return mismatchHint(e)
	case *engine.NotLoweredError:
		return fmt.Sprintf("older entries do not open until it is set back: vault write %s/keys/%s/config "+
			"min_decryption_version=%d", e.Key.Mount, e.Key.Name, e.Version)
	case *engine.RetiredWriteError:
		return fmt.Sprintf("seal its values again, for example with kubectl vaultseal create %s -n %s -f FILE "+
			"--overwrite\nor set the key back: vault write %s/keys/%s/config min_decryption_version=%d", e.Name,
			e.Namespace, e.Key.Mount, e.Key.Name, e.Version)
	case *engine.TouchedError:
		return touchedHint(e)
	case *engine.UnknownWriteError:
		return fmt.Sprintf("look at it with kubectl get secret %s -n %s -o yaml, then run the command again if it "+
			"still applies", e.Name, e.Namespace)
	case *engine.ExistsError:
		return existsHint(e)
	case *engine.EntryNotFoundError:
		return "specify one of its entries: " + strings.Join(e.Entries, ", ")
	case *engine.UnboundScopeError:
		return "bind its entries: kubectl vaultseal reseal NAME --scope strict"
	case *engine.NotDerivedError:
		return "leave --scope out to seal unbound, or use a key made with derived=true"
	case *engine.UnnamedError:
		return "give the Secret a name, or add --scope namespace-wide"
	case *engine.ScopeError:
		if e.NotDerived.IsZero() {
			return ""
		}
		return "check that the values are the right ones, then move them to a derived key: kubectl vaultseal reseal " +
			"NAME --transit-key MOUNT/NAME"
	case *engine.UnprovenScopeError:
		return "check that the values are the right ones, then specify scope=unbound for the Secret, or move it to a " +
			"derived key: kubectl vaultseal reseal NAME --transit-key MOUNT/NAME"
	}
	return ""
}

// touchedHint lets the user look before the command runs again, and replaces what the other client has written.
func touchedHint(e *engine.TouchedError) string {
	if e.Entry == "" {
		return fmt.Sprintf("another client changed it at the same time: look at it with kubectl get secret %s -n %s "+
			"-o yaml, then run the command again if it still applies", e.Name, e.Namespace)
	}
	return fmt.Sprintf("another client changed this entry at the same time: look at it with kubectl vaultseal view "+
		"%s %s -n %s, then run the command again to replace it", e.Name, shell.Quote(e.Entry), e.Namespace)
}

func existsHint(e *engine.ExistsError) string {
	if e.NeedsAdopt() {
		return "add --adopt and either --overwrite (replaces all entries) or --merge (also seals its other entries) " +
			"to take it over"
	}
	return "add --overwrite to replace all its entries, or --merge to replace those given"
}
