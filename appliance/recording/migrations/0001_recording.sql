CREATE TABLE recording (
	id       TEXT PRIMARY KEY,
	call     TEXT    NOT NULL,
	leg      TEXT    NOT NULL,
	started  INTEGER NOT NULL, -- ms
	ended    INTEGER,          -- ms; empty while it is being written
	sound_ms INTEGER NOT NULL DEFAULT 0,
	state    TEXT    NOT NULL, -- "open", "closed", "cut", "erased"
	error    TEXT    NOT NULL DEFAULT '',
	wrapped  BLOB,             -- the recording's key under the box's; erasure empties it
	file     TEXT    NOT NULL  -- relative to the directory of recordings
) WITHOUT ROWID;

CREATE INDEX recording_call ON recording (call);
CREATE INDEX recording_started ON recording (started);
