-- +goose Up
ALTER TABLE people ADD COLUMN removed BIGINT NOT NULL DEFAULT 0; -- when; what they published still names them, their e-mail is gone

CREATE TABLE invitations ( -- one-time codes for people who are known: to come in, or to choose another password
  person  TEXT PRIMARY KEY REFERENCES people (id),
  hash    BYTEA NOT NULL UNIQUE,
  expires BIGINT NOT NULL
);
