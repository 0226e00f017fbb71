CREATE TABLE message (
	id        TEXT PRIMARY KEY, -- of its recording
	box       TEXT    NOT NULL, -- "queue:rouge", "extension:204"
	call      TEXT    NOT NULL,
	subject   TEXT    NOT NULL, -- of who left it; empty for a withheld number
	left_at   INTEGER NOT NULL, -- ms
	sound_ms  INTEGER NOT NULL DEFAULT 0,
	state     TEXT    NOT NULL, -- "open", "new", "heard", "saved", "erased"
	error     TEXT    NOT NULL DEFAULT '',
	heard_by  TEXT    NOT NULL DEFAULT '',
	heard_at  INTEGER NOT NULL DEFAULT 0,
	ended_by  TEXT    NOT NULL DEFAULT '', -- who erased it
	ended_why TEXT    NOT NULL DEFAULT '',
	wrapped   BLOB              -- the sound's key under the box's; erasure empties it
) WITHOUT ROWID;

CREATE INDEX message_box ON message (box, left_at);
CREATE INDEX message_subject ON message (subject);

-- What whoever tells people of new messages reads, in order, each once. AUTOINCREMENT: a number is never given again.
CREATE TABLE notice (
	n       INTEGER PRIMARY KEY AUTOINCREMENT,
	message TEXT    NOT NULL REFERENCES message (id),
	at      INTEGER NOT NULL -- ms
);

CREATE TABLE told (
	reader TEXT PRIMARY KEY,
	n      INTEGER NOT NULL -- up to this notice
) WITHOUT ROWID;
