// Package vaulthcplib stands in for the CLI's tokens of HashiCorp's cloud: this CLI never has one.
package vaulthcplib

import "time"

type HCPToken struct {
	AccessToken       string
	AccessTokenExpiry time.Time
	ProxyAddr         string
}

type HCPTokenHelper interface {
	GetHCPToken(path string) (*HCPToken, error)
}

type InternalHCPTokenHelper struct{}

func (InternalHCPTokenHelper) GetHCPToken(string) (*HCPToken, error) { return nil, nil }
