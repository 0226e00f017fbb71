-- +goose Up
CREATE TABLE people (
  id       TEXT PRIMARY KEY,
  tenant   TEXT NOT NULL REFERENCES tenants (id),
  email    TEXT NOT NULL UNIQUE, -- lower case
  name     TEXT NOT NULL,
  role     TEXT NOT NULL,
  password TEXT NOT NULL,        -- derived, never in clear
  created  INTEGER NOT NULL
) STRICT;
CREATE INDEX people_of_tenant ON people (tenant, email);

CREATE TABLE codes ( -- one-time codes for administrators: one of a tenant, the newest
  tenant  TEXT PRIMARY KEY REFERENCES tenants (id),
  hash    BLOB NOT NULL UNIQUE,
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  hash    BLOB PRIMARY KEY,
  person  TEXT NOT NULL REFERENCES people (id),
  opened  INTEGER NOT NULL,
  used    INTEGER NOT NULL,
  address TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_of_person ON sessions (person, opened);

CREATE TABLE deeds ( -- what people did: each row's hash is over it and the hash before
  tenant  TEXT NOT NULL, -- '': nobody's
  n       INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  who     TEXT NOT NULL,
  what    TEXT NOT NULL,
  site    TEXT NOT NULL,
  detail  TEXT NOT NULL,
  address TEXT NOT NULL,
  hash    BLOB NOT NULL,
  PRIMARY KEY (tenant, n)
) STRICT;
