-- Who put a taxonomy in force, as JSON; NULL where an earlier program did not say.
ALTER TABLE taxonomy ADD COLUMN author TEXT;

-- The part of the taxonomy that was made through the API, as the text of a taxonomy file.
CREATE TABLE made_taxonomy (n INTEGER PRIMARY KEY CHECK (n = 1), text TEXT NOT NULL, updated INTEGER NOT NULL);

-- Passes over the archive in which tags are decided again; one at most has not ended.
CREATE TABLE retag (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL,    -- of the taxonomy that decides
    upto    INTEGER NOT NULL,    -- findings first seen after this entry do not belong to it
    done    INTEGER NOT NULL,    -- findings first seen up to this entry are decided
    total   INTEGER NOT NULL,    -- findings that belong to it
    looked  INTEGER NOT NULL,    -- of these, decided
    changed INTEGER NOT NULL,    -- of these, with other tags now
    started INTEGER NOT NULL,
    ended   INTEGER,
    state   INTEGER NOT NULL     -- 0 running, 1 done, 2 superseded
);

-- Findings committed with tags of an earlier taxonomy than the one in force then: their turn comes beside the passes.
CREATE TABLE stale (n INTEGER PRIMARY KEY);

-- Until now a changed taxonomy left the findings before it as they were.
INSERT INTO retag (version, upto, done, total, looked, changed, started, state)
SELECT max(version), (SELECT max(number) FROM log), 0, (SELECT sum(findings) FROM tally), 0, 0, max(at), 0
FROM taxonomy HAVING 1 < count(*) AND EXISTS (SELECT 1 FROM tally);
