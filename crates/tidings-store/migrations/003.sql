-- Which findings tell the same thing. The log says the same; this says it faster.

-- Number of the `found` entry of its story's first finding; NULL where it stands alone.
ALTER TABLE finding ADD COLUMN story INTEGER;
CREATE INDEX finding_story ON finding (story, n) WHERE story IS NOT NULL;

-- Stories of two members or more. `n` is the first of them, and so is the head one.
CREATE TABLE story (
    n      INTEGER PRIMARY KEY,
    size   INTEGER NOT NULL,
    head   INTEGER NOT NULL,
    reason TEXT NOT NULL
);

-- What later findings are compared with: of the last weeks, and of members of stories.
CREATE TABLE clue (
    n     INTEGER PRIMARY KEY,
    at    INTEGER NOT NULL,   -- when that state of the finding was seen
    clues BLOB NOT NULL
);
