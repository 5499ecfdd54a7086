-- When sources changed their state of health, the latest of each source.
CREATE TABLE health_event (
    n      INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    event  TEXT NOT NULL
);
CREATE INDEX health_event_source ON health_event (source, n);
