-- What stood in a campaign's bundles, so that the next one can say what changed: from the revision `since` on the code
-- is in them with this generation, this channel and the digest of its row; without a generation it is in them no more.
-- Of each code only the newest of these and the one before it are needed.
CREATE TABLE bundled (
    campaign INTEGER NOT NULL REFERENCES campaigns,
    code INTEGER NOT NULL REFERENCES codes,
    since INTEGER NOT NULL CHECK (since > 0),
    generation INTEGER,
    channel TEXT,
    digest BLOB CHECK (length(digest) = 32),
    PRIMARY KEY (campaign, code, since),
    FOREIGN KEY (code, generation) REFERENCES generations (code, number),
    CHECK ((generation IS NULL) = (channel IS NULL) AND (generation IS NULL) = (digest IS NULL))
) STRICT, WITHOUT ROWID;
