package plugin

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
)

// installationFlags say what setup makes.
type installationFlags struct {
	namespaces     []string
	sharedKey      keyFlag
	encryptOnly    bool
	allowRetire    bool
	grants         []string
	revokes        []string
	reviewer       accountFlag
	kubernetesHost string
	kubernetesCA   string
	signingKeys    signingKeyFlags
	job            jobFlags
	enforce        enforceFlags
	workloads      workloadAccountFlags

	given    func(flag string) bool // on the command line
	users    []rbacv1.Subject       // of grants
	revoked  []rbacv1.Subject       // of revokes
	limiting bool                   // --namespaces was given
}

// jobFlags are --cronjob and what goes with it.
type jobFlags struct {
	wanted, everywhere bool
	schedule, image    string
	ifOlderThan        ageFlag
}

func (f *installationFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.namespaces, "namespaces", nil, "Set up these `NAMESPACES` (default the current one)")
	f.addSharedKey(flags)
	f.addEncryptOnly(flags)
	flags.BoolVar(&f.allowRetire, "allow-retire", false,
		"Let the rotator raise the keys' minimum versions, as rotate --retire does; "+
			"--allow-retire=false removes that right")
	f.addGrants(flags)
	flags.Var(&f.reviewer, "vault-service-account",
		"NAMESPACE/NAME of Vault's own ServiceAccount, if Vault runs in this cluster: Vault reviews tokens with it "+
			"and keeps no credential (kubernetes method only); empty for an account that setup creates")
	flags.StringVar(&f.kubernetesHost, "kubernetes-host", "",
		"`URL` at which Vault reaches the API server, https://HOST[:PORT] (default the one that Vault has, else the "+
			"kubeconfig's)")
	flags.StringVar(&f.kubernetesCA, "kubernetes-ca-cert", "",
		"`FILE` with the API server's CA certificate (default the kubeconfig's)")
	f.signingKeys.add(flags)
	flags.BoolVar(&f.job.wanted, "cronjob", false,
		"Create a CronJob that rotates in --namespaces, by default in all that are set up; --cronjob=false removes it")
	flags.BoolVar(&f.job.everywhere, "cronjob-all-namespaces", false,
		"With --cronjob, rotate in the whole cluster: the CronJob may then read and patch every Secret; =false "+
			"limits it "+
			"(default as the CronJob is, else false)")
	flags.StringVar(&f.job.schedule, "schedule", "", "With --cronjob, rotate at the times of this `SCHEDULE` "+
		`(default the CronJob's own, else "`+setup.DefaultSchedule+`")`)
	flags.StringVar(&f.job.image, "image", "", "With --cronjob, run this `IMAGE` (default the CronJob's own)")
	flags.Var(&f.job.ifOlderThan, "if-older-than", "With --cronjob, rotate keys that are older than this DURATION, "+
		"so that a retried Job does not rotate twice (default the CronJob's own, else "+setup.DefaultIfOlderThan+")")
}

func (f *installationFlags) addEncryptOnly(flags *pflag.FlagSet) {
	flags.BoolVar(&f.encryptOnly, "encrypt-only-role", false,
		"Also create a role that can seal but not open, for CI; --encrypt-only-role=false removes it")
}

func (f *installationFlags) addSharedKey(flags *pflag.FlagSet) {
	flags.Var(&f.sharedKey, "shared-key",
		"[MOUNT/]NAME of one transit key for all listed namespaces, instead of one key each")
}

// addGrants adds --grant, which a single namespace has too.
func (f *installationFlags) addGrants(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.grants, "grant", nil,
		"Let this `SUBJECT` seal and open in the namespaces, beside those who already can: "+
			"user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME; can be repeated")
	flags.StringSliceVar(&f.revokes, "revoke", nil,
		"Take from this `SUBJECT` what --grant gave; can be repeated")
	f.enforce.add(flags)
	f.setGiven(flags)
}

// setGiven makes given.
func (f *installationFlags) setGiven(flags *pflag.FlagSet) {
	f.given = func(name string) bool { flag := flags.Lookup(name); return flag != nil && flag.Changed }
}

// check reads the command line.
func (f *installationFlags) check(g *globals) (err error) {
	f.limiting = len(f.namespaces) > 0
	if f.namespaces, err = namespaceList(f.namespaces); err != nil {
		return err
	}
	if err := f.checkKeys(g); err != nil {
		return err
	}
	if err := f.checkSubjects(); err != nil {
		return err
	}
	if err := f.signingKeys.check(f.given); err != nil {
		return err
	}
	return f.job.check(f.given)
}

func (f *installationFlags) checkSubjects() (err error) {
	if f.users, err = subjects("grant", f.grants); err != nil {
		return err
	}
	if f.revoked, err = subjects("revoke", f.revokes); err != nil {
		return err
	}
	for n, subject := range f.revoked {
		if slices.Contains(f.users, subject) {
			return usagef("--grant and --revoke both name %s", f.revokes[n])
		}
	}
	return nil
}

func (f *installationFlags) checkKeys(g *globals) error {
	given, isGiven := g.lookup(config.TransitKey.Flag)
	switch {
	case f.sharedKey.given() && isGiven:
		return usagef("--shared-key and --transit-key exclude each other")
	case f.sharedKey.given() && !f.limiting:
		return usagef("--shared-key needs --namespaces: without a list anyone who can create ServiceAccounts could " +
			"open everything")
	case isGiven && !strings.Contains(given, "{namespace}"):
		return usagef("--transit-key %s is one key for all namespaces: specify --shared-key %s --namespaces LIST to "+
			"share it, or put {namespace} into the name", given, given)
	}
	return nil
}

func (f *jobFlags) check(given func(flag string) bool) error {
	switch {
	case !f.wanted && given("image"):
		return usagef("--image requires --cronjob")
	case !f.wanted && given("cronjob-all-namespaces"):
		return usagef("--cronjob-all-namespaces requires --cronjob")
	case !f.wanted && given("schedule"):
		return usagef("--schedule requires --cronjob")
	case !f.wanted && given("if-older-than"):
		return usagef("--if-older-than requires --cronjob")
	}
	return nil
}

// subjects reads --grant and --revoke.
func subjects(flag string, grants []string) ([]rbacv1.Subject, error) {
	var subjects []rbacv1.Subject
	for _, grant := range grants {
		kind, name, _ := strings.Cut(grant, ":")
		namespace, account, qualified := strings.Cut(name, ":")
		switch {
		case name == "":
		case kind == "user":
			subjects = append(subjects, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name})
			continue
		case kind == "group":
			subjects = append(subjects, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: name})
			continue
		case kind == "serviceaccount" && qualified:
			subjects = append(subjects, rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace,
				Name: account})
			continue
		}
		return nil, usagef("--%s %q: want user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME", flag, grant)
	}
	return subjects, nil
}

// installation is what the flags and the configuration say.
func (f *installationFlags) installation(ctx context.Context, a *administration) (setup.Installation, error) {
	auth := a.config.Auth
	i := setup.Installation{
		Method: auth.Method.Value, AuthMount: auth.Mount.Value, Audience: auth.Audience.Value,
		System: a.globals.configNamespace, Namespaces: f.namespaces, Users: f.users, Revoked: f.revoked,
		Unconfirmed: unconfirmed(auth),
		Unsaid: setup.Unsaid{
			Audience:    !auth.Audience.Given() || auth.Audience.Source.Origin == config.FromDefault,
			EncryptOnly: !f.given("encrypt-only-role"), AllowRetire: !f.given("allow-retire"), Job: !f.given("cronjob"),
			Everywhere: !f.given("cronjob-all-namespaces"), Namespaces: !f.limiting,
			Reviewer: !f.given("vault-service-account"), Host: !f.given("kubernetes-host"),
			CA:   !f.given("kubernetes-ca-cert"),
			Keys: !f.sharedKey.given() && a.config.TransitKey.Value.IsZero(),
		},
		EncryptOnly: f.encryptOnly, AllowRetire: f.allowRetire, Reviewer: f.reviewer.Account,
	}
	if i.System == "" {
		return i, usagef("--config-namespace is empty: setup keeps the cluster's configuration there")
	}
	if !f.limiting {
		i.Namespaces = []string{a.namespace}
	}
	if f.job.wanted {
		i.Job = &setup.Job{Schedule: f.job.schedule, Image: f.job.image, IfOlderThan: f.job.ifOlderThan.text,
			Everywhere: f.job.everywhere}
		if !f.job.everywhere {
			i.Job.Namespaces = slices.Sorted(slices.Values(i.Namespaces))
		}
	}
	var err error
	if i.Enforce, err = f.enforce.enforcement(f.given, i.System); err != nil {
		return i, err
	}
	if i.Keys, i.OtherKeys, err = f.keys(a.config); err != nil {
		return i, err
	}
	if i.Address, err = a.address(ctx); err != nil {
		return i, err
	}
	if err := f.signingKeys.say(ctx, &i, f.given); err != nil {
		return i, err
	}
	i.Cluster, err = a.cluster(ctx, f.kubernetesHost, f.kubernetesCA)
	return i, err
}
