package plugin

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/delivery"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// targetFlag is a flag that can be repeated, in whose values a comma has no meaning of pflag's.
type targetFlag struct {
	form string // of a value
	set  func(text string) error
}

func (f targetFlag) Set(text string) error { return f.set(text) }
func (f targetFlag) String() string        { return "" }
func (f targetFlag) Type() string          { return f.form }

// appendTo parses each value of a flag into a list.
func appendTo[T any](list *[]T, parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		one, err := parse(text)
		if err == nil {
			*list = append(*list, one)
		}
		return err
	}
}

// appendTarget is appendTo for a list that several flags share, because their order counts.
func appendTarget[T delivery.Target](list *[]delivery.Target, parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		one, err := parse(text)
		if err == nil {
			*list = append(*list, one)
		}
		return err
	}
}

// scopeTextFlag is a scope that has a name also if it is unbound.
type scopeTextFlag struct{ *sealed.Scope }

func (f scopeTextFlag) String() string {
	if f.Scope == nil { // pflag asks a zero value
		return ""
	}
	return f.Scope.String()
}

func (f scopeTextFlag) Type() string { return "SCOPE" }

func (f scopeTextFlag) Set(text string) (err error) {
	*f.Scope, err = delivery.ParseScope(text)
	return err
}
