-- From when a message's days count: since it was left. 0: the clock was not sure then; they count from the moment it is.
ALTER TABLE message ADD COLUMN counted INTEGER NOT NULL DEFAULT 0; -- ms
UPDATE message SET counted = left_at;
