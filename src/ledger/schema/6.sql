-- What hooks deployed: every bundle that a `deploy` hook took without failing. A campaign's last row is what is out
-- there.
CREATE TABLE deployments (
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns,
    zip BLOB NOT NULL CHECK (length(zip) = 32),
    deployed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deployments_of_campaign ON deployments (campaign);
