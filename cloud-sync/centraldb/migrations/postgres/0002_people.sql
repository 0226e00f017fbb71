-- +goose Up
CREATE TABLE people (
  id       TEXT PRIMARY KEY,
  tenant   TEXT NOT NULL REFERENCES tenants (id),
  email    TEXT NOT NULL UNIQUE, -- lower case
  name     TEXT NOT NULL,
  role     TEXT NOT NULL,
  password TEXT NOT NULL,        -- derived, never in clear
  created  BIGINT NOT NULL
);
CREATE INDEX people_of_tenant ON people (tenant, email);

CREATE TABLE codes ( -- one-time codes for administrators: one of a tenant, the newest
  tenant  TEXT PRIMARY KEY REFERENCES tenants (id),
  hash    BYTEA NOT NULL UNIQUE,
  expires BIGINT NOT NULL
);

CREATE TABLE sessions (
  hash    BYTEA PRIMARY KEY,
  person  TEXT NOT NULL REFERENCES people (id),
  opened  BIGINT NOT NULL,
  used    BIGINT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX sessions_of_person ON sessions (person, opened);

CREATE TABLE deeds ( -- what people did: each row's hash is over it and the hash before
  tenant  TEXT NOT NULL, -- '': nobody's
  n       BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  who     TEXT NOT NULL,
  what    TEXT NOT NULL,
  site    TEXT NOT NULL,
  detail  TEXT NOT NULL,
  address TEXT NOT NULL,
  hash    BYTEA NOT NULL,
  PRIMARY KEY (tenant, n)
);
