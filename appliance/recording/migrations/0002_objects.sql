-- Recordings as objects: whose they are, who made them, why, and what becomes of them.
ALTER TABLE recording ADD COLUMN subject TEXT NOT NULL DEFAULT '';    -- of the outside party
ALTER TABLE recording ADD COLUMN started_by TEXT NOT NULL DEFAULT ''; -- a person, or empty: the queue's rule
ALTER TABLE recording ADD COLUMN stopped_by TEXT NOT NULL DEFAULT ''; -- a person, or empty: with the conversation
ALTER TABLE recording ADD COLUMN reason TEXT NOT NULL DEFAULT '';     -- code of why it began: "queue.record", "command.record" …
ALTER TABLE recording ADD COLUMN basis TEXT NOT NULL DEFAULT '';      -- the legal basis of the site document at the time
ALTER TABLE recording ADD COLUMN keep TEXT NOT NULL DEFAULT '';       -- "keep", "discard", empty: as long as any
ALTER TABLE recording ADD COLUMN keep_by TEXT NOT NULL DEFAULT '';
ALTER TABLE recording ADD COLUMN segments TEXT NOT NULL DEFAULT '[]'; -- JSON: the stretches it was not paused in
ALTER TABLE recording ADD COLUMN erased_by TEXT NOT NULL DEFAULT '';
ALTER TABLE recording ADD COLUMN erased_why TEXT NOT NULL DEFAULT '';

CREATE INDEX recording_subject ON recording (subject);

-- A call may have several queues and agents.
CREATE TABLE recording_party (
	recording TEXT NOT NULL REFERENCES recording (id),
	kind      TEXT NOT NULL, -- "queue", "agent"
	name      TEXT NOT NULL,
	PRIMARY KEY (recording, kind, name)
) WITHOUT ROWID;

CREATE INDEX recording_party_name ON recording_party (kind, name);
