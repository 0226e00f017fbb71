package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"autocom/cloud-sync/central"
	"autocom/cloud-sync/centraldb"
	"autocom/cloud-sync/keyring"
)

// cloud is what every command works with.
type cloud struct {
	*central.Cloud
	db     *centraldb.DB
	people centraldb.People
	ring   *keyring.Ring
}

// open opens the database and the keys; made says that they may be made when they are not there.
func open(ctx context.Context, o *options, made bool) (*cloud, error) {
	address, keys := o.database, o.keys
	if address == "" {
		address = filepath.Join(o.dir, "database", "cloud.db")
	}
	if keys == "" {
		keys = filepath.Join(o.dir, "keys")
	}
	home, err := centraldb.Dir(address)
	if err != nil {
		return nil, err
	}
	if home != "" && o.database == "" {
		if made {
			err = os.MkdirAll(home, 0o700)
		} else {
			_, err = os.Stat(home)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: name another directory with --dir, or make one: autocom-cloud tenant add NAME --dir DIR", err)
		}
	}
	if _, err := os.Stat(keys); err != nil && !made {
		return nil, fmt.Errorf("%w: name the directory of the keys with --keys; without them no box can be spoken to", err)
	}
	db, err := centraldb.Open(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("%w: see that it can be reached and written, or name another with --database", err)
	}
	away := []string{}
	if home != "" {
		away = append(away, home)
	}
	ring, err := keyring.Open(keys, away...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: name another directory with --keys", err), db.Close())
	}
	people := db.People()
	return &cloud{
		Cloud: central.New(central.Parts{Store: db.Fleet(), Signer: ring, Issuer: ring, People: people}),
		db:    db, people: people, ring: ring,
	}, nil
}

// with opens the cloud for one command.
func with(ctx context.Context, o *options, made bool, do func(c *cloud) error) error {
	c, err := open(ctx, o, made)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.db.Close())
}
