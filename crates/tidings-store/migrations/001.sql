-- Times are milliseconds since 1970, UTC. Ids of findings are two 64-bit halves of their 16 bytes.

CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- Names of sources and plugins, written once and then meant by number.
CREATE TABLE name (n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- The truth. Never updated, never deleted from, save that an erasure sets `body` to NULL.
CREATE TABLE log (
    number   INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    kind     INTEGER NOT NULL,   -- 0 found, 1 revised, 2 taxonomy, 3 retagged, 4 regrouped, 5 erased
    finding  INTEGER,            -- number of the `found` entry of the finding; NULL on itself and on `taxonomy`
    revision INTEGER NOT NULL,   -- on `taxonomy`: its version
    base     INTEGER,            -- revised: entry of the revision before; retagged, regrouped, erased: entry that holds the text
    body     BLOB                -- found, revised: text and tags; retagged, regrouped: tags
);

-- What is true of each finding now. `n` is the number of its `found` entry.
CREATE TABLE finding (
    n        INTEGER PRIMARY KEY,
    id_high  INTEGER NOT NULL,
    id_low   INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    plugin   INTEGER NOT NULL,
    found    INTEGER NOT NULL,
    hash     INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    text     INTEGER,            -- entry with the latest text; NULL for `n`
    entry    INTEGER,            -- latest entry with tags; NULL for `n`
    cover    INTEGER NOT NULL,   -- covered unless open_cover has this number
    score    INTEGER,
    replies  INTEGER,
    views    INTEGER
);
CREATE INDEX finding_id ON finding (id_high);

-- Runs that have committed findings which nothing covers yet. Numbers are never used again.
CREATE TABLE open_cover (n INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE);

CREATE TABLE tally (source INTEGER PRIMARY KEY, findings INTEGER NOT NULL);

CREATE TABLE dictionary (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

CREATE TABLE taxonomy (version INTEGER PRIMARY KEY, at INTEGER NOT NULL, entry INTEGER NOT NULL, json BLOB NOT NULL);

CREATE TABLE state (
    source INTEGER NOT NULL,
    key    TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;

CREATE TABLE source (source INTEGER PRIMARY KEY, row TEXT NOT NULL);

CREATE TABLE definition (id TEXT PRIMARY KEY, definition TEXT NOT NULL, updated INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE run (
    n      INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    source INTEGER NOT NULL,
    ended  INTEGER,
    record TEXT NOT NULL
);
CREATE INDEX run_source ON run (source, n);
CREATE INDEX run_open ON run (n) WHERE ended IS NULL;

CREATE TABLE snapshot (
    n      INTEGER PRIMARY KEY AUTOINCREMENT,
    id     TEXT NOT NULL UNIQUE,
    source INTEGER NOT NULL,
    key    TEXT NOT NULL,
    taken  INTEGER NOT NULL,
    body   BLOB NOT NULL
);
CREATE INDEX snapshot_key ON snapshot (source, key, n);

CREATE TABLE crawl (
    n           INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    source      INTEGER,
    method      TEXT NOT NULL,
    url         TEXT NOT NULL,
    status      INTEGER,
    bytes       INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    cache       TEXT,
    reason      TEXT
);
CREATE INDEX crawl_source ON crawl (source, n);

CREATE TABLE api_key (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    role      TEXT NOT NULL,
    hash      BLOB NOT NULL UNIQUE,
    created   INTEGER NOT NULL,
    last_used INTEGER,
    revoked   INTEGER
) WITHOUT ROWID;
