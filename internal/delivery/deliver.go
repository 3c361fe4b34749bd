package delivery

import (
	"cmp"
	"context"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// OpenFunc opens entries, all of them or none, and returns the plaintexts of each Secret by data key.
type OpenFunc func(ctx context.Context, secrets []sealed.Secret) ([]map[string][]byte, error)

// Deliver opens everything, then writes everything. If something fails before it has written everything beside its
// place, nothing is changed.
func (p *Plan) Deliver(ctx context.Context, open OpenFunc) error {
	_, err := p.deliver(ctx, open)
	return err
}

// deliver is Deliver. It returns what the directories were made of.
func (p *Plan) deliver(ctx context.Context, open OpenFunc) (map[string]fingerprint, error) {
	sources, err := p.read(p.dirs)
	if err != nil {
		return nil, err
	}
	prints, err := p.fingerprints(sources)
	if err != nil {
		return nil, err
	}
	wanted, err := p.wanted(sources, p.dirs)
	if err == nil {
		err = p.wantFiles(sources, wanted)
	}
	if err != nil {
		return nil, err
	}
	opened, err := openAll(ctx, sources.ciphertexts, wanted, open)
	if err != nil {
		return nil, err
	}
	return prints, p.write(sources, opened)
}

// write writes everything.
func (p *Plan) write(s *sources, opened map[Entry][]byte) error {
	envFiles, err := p.envContents(opened)
	if err != nil {
		return err
	}
	if err := p.makeEmptyDirs(); err != nil {
		return err
	}
	var changes changes
	_, err = changes.stageDirs(p.dirs, s, opened)
	if err == nil {
		err = changes.stageFiles(p, opened, envFiles)
	}
	return changes.finish(err)
}

func (p *Plan) makeEmptyDirs() error {
	for _, dir := range p.makeDirs {
		if err := makeDirs(dir); err != nil {
			return err
		}
	}
	return nil
}

// sources are what the targets are made of.
type sources struct {
	*ciphertexts
	copied map[string]map[string]file // by the path of the directory
}

// read reads the ciphertext, and what is copied to the directories.
func (p *Plan) read(dirs []*dirPlan) (*sources, error) {
	all, err := p.readCiphertexts()
	if err != nil {
		return nil, err
	}
	s := &sources{ciphertexts: all, copied: map[string]map[string]file{}}
	for _, dir := range dirs {
		for _, target := range dir.writes {
			if target, copies := target.(*Copy); copies {
				if s.copied[target.From], err = readVolume(target.From); err != nil {
					return nil, fmt.Errorf("read the files to copy: %w", err)
				}
			}
		}
	}
	return s, nil
}

// wanted are the entries that directories need.
func (p *Plan) wanted(s *sources, dirs []*dirPlan) (map[Entry]bool, error) {
	wanted := map[Entry]bool{}
	for _, dir := range dirs {
		for _, target := range dir.writes {
			switch target := target.(type) {
			case *Dir:
				for _, entry := range s.entriesOf(target.Secret) {
					wanted[entry] = true
				}
			case *File:
				if err := s.want(wanted, target.Entry, target.Optional); err != nil {
					return nil, err
				}
			}
		}
	}
	return wanted, nil
}

// wantFiles adds the entries that files of their own need.
func (p *Plan) wantFiles(s *sources, wanted map[Entry]bool) error {
	for _, file := range p.files {
		if err := s.want(wanted, file.Entry, file.Optional); err != nil {
			return err
		}
	}
	for _, env := range p.envFiles {
		for _, variable := range env.Variables {
			if err := s.want(wanted, variable.Entry, variable.Optional); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sources) want(wanted map[Entry]bool, entry Entry, optional bool) error {
	_, found := s.find(entry)
	switch {
	case found:
		wanted[entry] = true
	case !optional:
		return s.missing(entry)
	}
	return nil
}

// openAll opens entries, and returns their plaintexts.
func openAll(ctx context.Context, c *ciphertexts, wanted map[Entry]bool, open OpenFunc) (map[Entry][]byte, error) {
	secrets, err := c.toOpen(wanted)
	if err != nil || len(secrets) == 0 {
		return nil, err
	}
	results, err := open(ctx, secrets)
	if err != nil {
		return nil, err
	}
	opened := make(map[Entry][]byte, len(wanted))
	for i, secret := range secrets {
		for name, plaintext := range results[i] {
			opened[Entry{secret.Name, name}] = plaintext
		}
	}
	return opened, nil
}

// contents are the files of a directory.
func (d *dirPlan) contents(s *sources, opened map[Entry][]byte) map[string]file {
	files := map[string]file{}
	for _, target := range d.writes {
		switch target := target.(type) {
		case *Dir:
			for _, entry := range s.entriesOf(target.Secret) {
				files[entry.Name] = file{opened[entry], target.Mode}
			}
		case *File:
			if plaintext, found := opened[target.Entry]; found {
				files[target.Path] = file{plaintext, target.Mode}
			}
		case *Copy:
			for name, copied := range s.copied[target.From] {
				copied.mode = cmp.Or(target.Mode, copied.mode)
				files[name] = copied
			}
		}
	}
	return files
}

// envContents are the texts of the env files, in their order.
func (p *Plan) envContents(opened map[Entry][]byte) ([][]byte, error) {
	texts := make([][]byte, len(p.envFiles))
	for i, env := range p.envFiles {
		for _, variable := range env.Variables {
			value, found := opened[variable.Entry]
			if !found {
				continue
			}
			line, err := envLine(variable.Name, value)
			if err != nil {
				return nil, &EnvValueError{Namespace: p.namespace, Entry: variable.Entry, Variable: variable.Name,
					Reason: err.Error()}
			}
			texts[i] = append(texts[i], line...)
		}
	}
	return texts, nil
}
