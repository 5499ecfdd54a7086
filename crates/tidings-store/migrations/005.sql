-- Alerts, from the configuration's files and made through the API.
CREATE TABLE alert (
    n          INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,       -- JSON
    place      TEXT,                -- where in the configuration, as JSON; NULL: made through the API
    since      INTEGER NOT NULL,    -- entries up to this do not concern it
    token      TEXT NOT NULL,       -- lets a feed reader in, and nobody else
    updated    INTEGER NOT NULL
);

CREATE TABLE alert_history (
    n          INTEGER PRIMARY KEY,
    id         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    author     TEXT NOT NULL,
    definition TEXT                 -- NULL: it was removed
);
CREATE INDEX alert_history_id ON alert_history (id, n);

-- What alerts have matched. What was told is state: it is kept, never made again from the log.
CREATE TABLE alert_match (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    alert    INTEGER NOT NULL,
    finding  INTEGER NOT NULL,      -- number of its `found` entry
    revision INTEGER NOT NULL,
    at       INTEGER NOT NULL,      -- when the entry was committed
    matched  INTEGER NOT NULL,
    state    INTEGER NOT NULL,      -- 0 new, 1 revised, 2 old, 3 copy of a story that was told
    evidence TEXT NOT NULL
);
CREATE INDEX alert_match_finding ON alert_match (alert, finding, revision);
CREATE INDEX alert_match_n ON alert_match (alert, n);

-- How far each target of an alert has been told.
CREATE TABLE alert_target (
    alert   INTEGER NOT NULL,
    target  TEXT NOT NULL,          -- JSON, as the alert has it
    told    INTEGER NOT NULL,       -- matches up to this are in deliveries
    lane    TEXT NOT NULL,
    closed  INTEGER,                -- when the last delivery was closed
    waiting INTEGER,                -- since when something is to be told
    due     INTEGER,                -- when to look at it again; NULL while nothing waits
    PRIMARY KEY (alert, target)
) WITHOUT ROWID;
CREATE INDEX alert_target_due ON alert_target (due) WHERE due IS NOT NULL;

-- The outbox: one message owed to one target.
CREATE TABLE delivery (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL UNIQUE,
    alert   INTEGER,                -- NULL: a notice to the operator
    target  TEXT NOT NULL,
    lane    TEXT NOT NULL,          -- deliveries of one lane wait for each other
    after   INTEGER NOT NULL,       -- it tells the matches after this …
    upto    INTEGER NOT NULL,       -- … up to this
    notice  TEXT,
    created INTEGER NOT NULL,
    since   INTEGER NOT NULL,       -- owed since; later than `created` once it was taken up again
    state   INTEGER NOT NULL,       -- 0 owed, 1 accepted, 2 dead
    tries   INTEGER NOT NULL,
    next    INTEGER NOT NULL,       -- when it is tried next
    tried   INTEGER,                -- when it was tried last
    said    TEXT                    -- what the other side answered last
);
CREATE INDEX delivery_owed ON delivery (lane, next, n) WHERE state = 0;
CREATE INDEX delivery_dead ON delivery (n) WHERE state = 2;
CREATE INDEX delivery_alert ON delivery (alert, n);
