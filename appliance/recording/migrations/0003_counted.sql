-- From when a recording's days count: its beginning. 0: the clock was not sure then; they count from the moment it is.
ALTER TABLE recording ADD COLUMN counted INTEGER NOT NULL DEFAULT 0; -- ms
UPDATE recording SET counted = started;
