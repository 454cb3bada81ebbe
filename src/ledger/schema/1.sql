-- Form 1. Instants are unix seconds unless a name says otherwise; a lifetime of 0 is permanent.

-- `schema` is the SHA-256 of the SQL that made the file. `host` and `machine` are the machine that wrote last: a ledger
-- that turns up on another one may be in use on both. `machine` tells machines apart and names nobody. Both are NULL
-- until a machine writes that can be told from others.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    schema BLOB CHECK (length(schema) = 32),
    written_at INTEGER,
    host TEXT,
    machine TEXT
) STRICT;
INSERT INTO meta (id) VALUES (1);

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    appid TEXT NOT NULL UNIQUE
) STRICT;

-- `folded` is the name as file systems without case see it: two such names are one campaign. `succeeded_at` is when a run
-- last left everything of the campaign done.
CREATE TABLE campaigns (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    succeeded_at INTEGER
) STRICT;

-- A scene_id is an integer here, a scene_str a text: 123 and '123' are two scenes, and ids make a small index.
-- `campaign` is the one the code was last in, `latest` its newest generation. Labels are as last recorded: tags
-- joined by `;`, the further columns as two JSON lists, of headers and of values.
CREATE TABLE codes (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts,
    scene ANY NOT NULL CHECK (typeof(scene) IN ('integer', 'text')),
    campaign INTEGER NOT NULL REFERENCES campaigns,
    channel TEXT NOT NULL,
    tags TEXT NOT NULL,
    extra_columns TEXT,
    extra_values TEXT,
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
    latest INTEGER REFERENCES generations,
    UNIQUE (account, scene),
    CHECK ((extra_columns IS NULL) = (extra_values IS NULL))
) STRICT;

-- A code's place in a campaign: allotted once, kept when the code leaves, never given to another.
CREATE TABLE memberships (
    code INTEGER NOT NULL REFERENCES codes,
    campaign INTEGER NOT NULL REFERENCES campaigns,
    seq INTEGER NOT NULL CHECK (seq > 0),
    PRIMARY KEY (code, campaign),
    UNIQUE (campaign, seq)
) STRICT, WITHOUT ROWID;

-- `campaign` is the one it was made in. `picture` is a SHA-256, `side` pixels; `picture_removed` says that the file
-- is gone for good. `adopted` says that a table told the row and no answer of the platform: such a row can be corrected.
CREATE TABLE generations (
    id INTEGER PRIMARY KEY,
    code INTEGER NOT NULL REFERENCES codes,
    number INTEGER NOT NULL CHECK (number > 0),
    campaign INTEGER NOT NULL REFERENCES campaigns,
    lifetime INTEGER NOT NULL CHECK (lifetime >= 0),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    ticket TEXT NOT NULL,
    url TEXT NOT NULL,
    picture BLOB CHECK (length(picture) = 32),
    side INTEGER,
    picture_removed INTEGER NOT NULL DEFAULT 0 CHECK (picture_removed IN (0, 1)),
    adopted INTEGER NOT NULL DEFAULT 0 CHECK (adopted IN (0, 1)),
    UNIQUE (code, number),
    CHECK ((lifetime = 0) = (expires_at IS NULL)),
    CHECK ((picture IS NULL) = (side IS NULL))
) STRICT;
-- Codes of an emulator, which lead nowhere: whether there are any is asked before each run.
CREATE INDEX emulators ON generations (id) WHERE substr(url, 1, 24) = 'http://emulator.invalid/';
CREATE INDEX permanents ON generations (code, number) WHERE lifetime = 0;
CREATE INDEX kept_pictures ON generations (expires_at)
    WHERE picture IS NOT NULL AND picture_removed = 0 AND expires_at IS NOT NULL;

-- Requests without an answer. A permanent and a temporary one for the same generation stand side by side, so that
-- the one that may have spent a permanent code is not forgotten.
CREATE TABLE intents (
    code INTEGER NOT NULL REFERENCES codes,
    generation INTEGER NOT NULL CHECK (generation > 0),
    permanent INTEGER NOT NULL CHECK (permanent IN (0, 1)),
    campaign INTEGER NOT NULL REFERENCES campaigns,
    attempts INTEGER NOT NULL DEFAULT 1 CHECK (attempts >= 0),
    last_at INTEGER NOT NULL,
    PRIMARY KEY (code, generation, permanent)
) STRICT, WITHOUT ROWID;

CREATE TABLE refusals (
    id INTEGER PRIMARY KEY,
    code INTEGER NOT NULL REFERENCES codes,
    generation INTEGER NOT NULL,
    errcode INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;

-- `day` is a calendar day in Asia/Shanghai, as 2026-11-22.
CREATE TABLE calls (
    account INTEGER NOT NULL REFERENCES accounts,
    day TEXT NOT NULL,
    made INTEGER NOT NULL,
    PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;

-- Every bundle ever written; a campaign's last row is the current one. `modified_at` is in nanoseconds. `handoffs` is the
-- last record of `handoffs` when the revision was first recorded: the bundle tells of no later one. `names` is how its
-- pictures are named; a revision has one way.
CREATE TABLE bundles (
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns,
    revision INTEGER NOT NULL CHECK (revision > 0),
    contents BLOB NOT NULL CHECK (length(contents) = 32),
    zip BLOB NOT NULL CHECK (length(zip) = 32),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    modified_at INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    handoffs INTEGER NOT NULL CHECK (handoffs >= 0),
    names TEXT NOT NULL CHECK (names IN ('dated', 'stable'))
) STRICT;
CREATE INDEX bundles_of_campaign ON bundles (campaign);

-- Each selection of a bundle's codes that was written for print. It has the bundle's revision, but is no bundle of its own.
CREATE TABLE selections (
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns,
    revision INTEGER NOT NULL CHECK (revision > 0),
    zip BLOB NOT NULL CHECK (length(zip) = 32),
    recorded_at INTEGER NOT NULL
) STRICT;

-- What is in a campaign's last two bundles, so that the next one can say what changed: each code with its generation, its
-- channel and the digest of its row. `medium` is NULL if none was declared.
CREATE TABLE bundled (
    campaign INTEGER NOT NULL REFERENCES campaigns,
    revision INTEGER NOT NULL CHECK (revision > 0),
    code INTEGER NOT NULL REFERENCES codes,
    generation INTEGER NOT NULL,
    channel TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    medium TEXT CHECK (medium IN ('paper', 'screen')),
    PRIMARY KEY (campaign, revision, code),
    FOREIGN KEY (code, generation) REFERENCES generations (code, number)
) STRICT, WITHOUT ROWID;

-- What is known of paper, as numbered records: a bundle was `handed` over, paper was `removed` (taken down), or an earlier
-- record is `undone`. Records are added and never changed, so what was known as of a record stays the same for ever.
-- `recipient` is empty if nobody was named; NULL stands for everybody, and only paper is removed from everybody. `zip` is the
-- SHA-256 of the bundle that was handed over, `copies` is NULL if nobody said how many.
CREATE TABLE handoffs (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('handed', 'removed', 'undone')),
    campaign INTEGER NOT NULL REFERENCES campaigns,
    recipient TEXT,
    note TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    revision INTEGER CHECK (revision > 0),
    zip BLOB CHECK (length(zip) = 32),
    piece TEXT CHECK (piece = 'code'),
    copies INTEGER CHECK (copies > 0),
    undoes INTEGER UNIQUE REFERENCES handoffs CHECK (undoes < id),
    CHECK (kind <> 'handed' OR recipient IS NOT NULL),
    CHECK ((kind = 'handed') = (revision IS NOT NULL)),
    CHECK ((kind = 'handed') = (zip IS NOT NULL)),
    CHECK ((kind = 'undone') = (piece IS NULL)),
    CHECK ((kind = 'undone') = (undoes IS NOT NULL))
) STRICT;
CREATE INDEX handoffs_of_campaign ON handoffs (campaign);

-- The generations that were in the bundle, or on the paper that was taken down. Taking down a generation takes down every
-- earlier paper of its scene as well. `channel` and `digest` are as the bundle had them, so that a later one can say what
-- changed; NULL for paper that was taken down.
CREATE TABLE handed (
    code INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    handoff INTEGER NOT NULL REFERENCES handoffs,
    channel TEXT,
    digest BLOB CHECK (length(digest) = 32),
    PRIMARY KEY (code, generation, handoff),
    FOREIGN KEY (code, generation) REFERENCES generations (code, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX handed_in ON handed (handoff);

-- Every bundle that a `deploy` hook took without failing. A campaign's last row is what is deployed.
CREATE TABLE deployments (
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns,
    zip BLOB NOT NULL CHECK (length(zip) = 32),
    deployed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deployments_of_campaign ON deployments (campaign);
