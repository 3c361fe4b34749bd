package doctor

import "context"

// vaultAddress connects to the address and reads the server's certificate. It sends no request.
func (e *examination) vaultAddress(ctx context.Context) finding {
	peer, err := e.vault.Look(ctx)
	if err != nil {
		return failed(err)
	}
	e.peer = peer
	e.know(aConnection)
	return ok("%s accepts connections", name{anAddress, e.settings.Vault.Address.Value})
}

// vaultStatus reads Vault's status.
func (e *examination) vaultStatus(ctx context.Context) finding {
	sent := e.Now()
	health, err := e.vault.Health(ctx)
	e.vaultClock = ClockReading{Sent: sent, Date: health.Date, Received: e.Now()}
	switch {
	case err != nil:
		return failed(err)
	case !health.Initialized:
		return failed(ErrNotInitialised)
	case health.Sealed:
		return failed(&SealedError{Version: health.Version})
	}
	e.know(aServingVault)
	e.diagnosis.Versions.Vault = health.Version
	return e.serves(health)
}
