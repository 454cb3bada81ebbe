-- What went to print: which bundle, to whom (empty: nobody was named), when, and which generations were in it. A bundle's
-- `handoffs` is the last handoff that was known when its revision was first recorded: its README tells of no later one.
CREATE TABLE handoffs (
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns,
    revision INTEGER NOT NULL CHECK (revision > 0),
    zip BLOB NOT NULL CHECK (length(zip) = 32),
    recipient TEXT NOT NULL,
    note TEXT NOT NULL,
    handed_at INTEGER NOT NULL,
    UNIQUE (zip, recipient)
) STRICT;

CREATE TABLE handed (
    code INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    handoff INTEGER NOT NULL REFERENCES handoffs,
    PRIMARY KEY (code, generation, handoff),
    FOREIGN KEY (code, generation) REFERENCES generations (code, number)
) STRICT, WITHOUT ROWID;

ALTER TABLE bundles ADD COLUMN handoffs INTEGER NOT NULL DEFAULT 0 CHECK (handoffs >= 0);
