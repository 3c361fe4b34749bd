// Package secretusers finds the objects of a cluster that refer to Secrets by name and need their plaintext: pods and
// pod templates, ServiceAccounts, Ingresses, Gateways, volumes, and the annotations of webhooks and APIServices.
//
// It lists each kind once, whatever the number of Secrets, and works as the user. It reads no Secret.
package secretusers
