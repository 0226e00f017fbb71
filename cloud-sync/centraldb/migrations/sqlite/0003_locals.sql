-- +goose Up
CREATE TABLE locals ( -- documents that boxes lived by and nobody published: the newest of each site
  site   TEXT PRIMARY KEY REFERENCES sites (id),
  device TEXT NOT NULL REFERENCES devices (id),
  name   TEXT NOT NULL, -- of its content
  text   TEXT NOT NULL,
  at     INTEGER NOT NULL
) STRICT;
