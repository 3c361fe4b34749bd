// Package okta stands in for Okta's SDK: the local stack has no second factors.
package okta

import (
	"context"
	"errors"
)

var errAbsent = errors.New("this Vault is built without Okta")

type Configuration struct{ Context context.Context }

type ConfigSetter func(*Configuration)

func WithToken(string) ConfigSetter  { return nil }
func WithOrgUrl(string) ConfigSetter { return nil }
func WithCache(bool) ConfigSetter    { return nil }

func NewConfiguration(...ConfigSetter) (*Configuration, error) { return nil, errAbsent }

type APIClient struct {
	UserAPI       UserAPI
	UserFactorAPI UserFactorAPI
}

func NewAPIClient(*Configuration) *APIClient { return &APIClient{} }

func (*APIClient) GetConfig() *Configuration { return &Configuration{Context: context.Background()} }

type (
	UserAPI         struct{}
	UserFactorAPI   struct{}
	UsersRequest    struct{}
	FactorsRequest  struct{}
	VerifyRequest   struct{}
	StatusRequest   struct{}
	User            struct{}
	UserFactorPush  struct{}
	UserFactor      struct{ UserFactorPush *UserFactorPush }
	VerifyResponse  struct{ Links map[string]any }
	StatusOfRequest struct {
		UserFactorPushTransaction         *struct{}
		UserFactorPushTransactionRejected *struct{}
		UserFactorPushTransactionTimeout  *struct{}
		UserFactorPushTransactionWaiting  *struct{}
	}
)

func (UserAPI) ListUsers(context.Context) UsersRequest { return UsersRequest{} }

func (UserFactorAPI) ListFactors(context.Context, string) FactorsRequest { return FactorsRequest{} }

func (UserFactorAPI) VerifyFactor(context.Context, string, string) VerifyRequest {
	return VerifyRequest{}
}

func (UserFactorAPI) GetFactorTransactionStatus(context.Context, string, string, string) StatusRequest {
	return StatusRequest{}
}

func (r UsersRequest) Filter(string) UsersRequest { return r }

func (UsersRequest) Execute() ([]User, *struct{}, error)           { return nil, nil, errAbsent }
func (FactorsRequest) Execute() ([]UserFactor, *struct{}, error)   { return nil, nil, errAbsent }
func (VerifyRequest) Execute() (*VerifyResponse, *struct{}, error) { return nil, nil, errAbsent }
func (StatusRequest) Execute() (*StatusOfRequest, *struct{}, error) {
	return nil, nil, errAbsent
}

func (User) GetId() string                      { return "" }
func (*UserFactorPush) GetId() string           { return "" }
func (*VerifyResponse) GetFactorResult() string { return "" }
