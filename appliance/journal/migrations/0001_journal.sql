-- A fact's id is its epoch and number in one integer (epoch * 2^40 + n), so that the order of ids is the order of addresses.
-- sum is a CRC-32C of the other columns: SQLite notices a damaged page's structure, not a flipped bit in its content.
CREATE TABLE fact (
	id   INTEGER PRIMARY KEY,
	utc  INTEGER NOT NULL, -- ms
	boot INTEGER NOT NULL, -- ms since boot
	kind TEXT    NOT NULL,
	v    INTEGER NOT NULL,
	body BLOB    NOT NULL,
	sum  INTEGER NOT NULL
);

-- How far each class of reader has come.
CREATE TABLE cursor (
	name TEXT PRIMARY KEY,
	id   INTEGER NOT NULL
) WITHOUT ROWID;

-- At a time, every reader had come so far: what lets a fact's age count from its acknowledgement.
CREATE TABLE mark (
	at INTEGER PRIMARY KEY, -- ms
	id INTEGER NOT NULL
);

-- People outside. Number and name are sealed under a key of this subject, the key is wrapped under the box's; erasure empties the row.
CREATE TABLE subject (
	id      TEXT PRIMARY KEY,
	lookup  BLOB,    -- keyed hash of the number
	wrapped BLOB,
	sealed  BLOB,
	seen    INTEGER NOT NULL, -- ms
	erased  INTEGER           -- ms
) WITHOUT ROWID;

CREATE TABLE note (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;
