-- +goose Up
CREATE TABLE tenants (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE sites (
  id       TEXT PRIMARY KEY,
  tenant   TEXT NOT NULL REFERENCES tenants (id),
  name     TEXT NOT NULL,
  created  INTEGER NOT NULL,
  device   TEXT NOT NULL DEFAULT '',   -- the box that speaks for it; '': none
  newest   INTEGER NOT NULL DEFAULT 0, -- revision
  in_force INTEGER NOT NULL DEFAULT 0, -- revision its box confirmed
  reported INTEGER NOT NULL DEFAULT 0  -- highest revision its box spoke of: a restored cloud counts on from there
) STRICT;
CREATE INDEX sites_of_tenant ON sites (tenant, name);

CREATE TABLE devices (
  id       TEXT PRIMARY KEY,
  tenant   TEXT NOT NULL REFERENCES tenants (id),
  site     TEXT NOT NULL REFERENCES sites (id),
  serial   TEXT NOT NULL,
  program  TEXT NOT NULL,
  enrolled INTEGER NOT NULL,
  seen     INTEGER NOT NULL,
  expires  INTEGER NOT NULL,
  revoked  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX devices_of_site ON devices (site);

CREATE TABLE claims (
  site    TEXT PRIMARY KEY REFERENCES sites (id), -- one waits at a time
  tenant  TEXT NOT NULL REFERENCES tenants (id),
  id      TEXT NOT NULL UNIQUE,
  secret  BLOB NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE drafts (
  site    TEXT PRIMARY KEY REFERENCES sites (id),
  base    INTEGER NOT NULL,
  text    TEXT NOT NULL,
  tag     TEXT NOT NULL,
  by_user TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;

CREATE TABLE revisions (
  site      TEXT NOT NULL REFERENCES sites (id),
  number    INTEGER NOT NULL,
  text      TEXT NOT NULL,
  published INTEGER NOT NULL,
  by_user   TEXT NOT NULL,
  by_name   TEXT NOT NULL,
  reason    TEXT NOT NULL,
  state     TEXT NOT NULL,
  state_at  INTEGER NOT NULL,
  problems  TEXT NOT NULL DEFAULT '',
  why       TEXT NOT NULL DEFAULT '',
  returned  INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (site, number)
) STRICT;

CREATE TABLE streams (
  site   TEXT NOT NULL REFERENCES sites (id),
  stream TEXT NOT NULL,
  device TEXT NOT NULL REFERENCES devices (id), -- whose journal it is now
  epoch  INTEGER NOT NULL,                      -- the high-water mark
  n      INTEGER NOT NULL,
  PRIMARY KEY (site, stream)
) STRICT;

CREATE TABLE facts (
  site   TEXT NOT NULL REFERENCES sites (id),
  stream TEXT NOT NULL,
  epoch  INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  device TEXT NOT NULL REFERENCES devices (id), -- that sent it
  utc    INTEGER NOT NULL,
  kind   TEXT NOT NULL,
  call   TEXT NOT NULL, -- '': of none
  body   BLOB NOT NULL, -- the entry as it came, JSON
  PRIMARY KEY (site, stream, epoch, n)
) STRICT;
CREATE INDEX facts_by_time ON facts (site, utc);
CREATE INDEX facts_by_kind ON facts (site, kind, utc);
CREATE INDEX facts_by_call ON facts (site, call, utc);

CREATE TABLE quarantine ( -- facts that came and cannot be read, so that the ones behind them do not wait
  site     TEXT NOT NULL REFERENCES sites (id),
  stream   TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  n        INTEGER NOT NULL,
  device   TEXT NOT NULL REFERENCES devices (id),
  received INTEGER NOT NULL,
  why      TEXT NOT NULL,
  body     BLOB NOT NULL,
  PRIMARY KEY (site, stream, epoch, n)
) STRICT;
