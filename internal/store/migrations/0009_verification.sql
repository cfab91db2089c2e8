-- +goose Up
-- What people handed in for others to look at. The content lies sealed in pieces,
-- written one after the other as they arrive; a file that nobody kept, and one whose
-- time has come, is due and goes with the next sweep.
CREATE TABLE file (
    id         BIGINT PRIMARY KEY,
    owner      BIGINT NOT NULL, -- the app or business that it is about
    place      TEXT NOT NULL,   -- what of it
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,
    size       BIGINT NOT NULL, -- that has arrived
    sha256     TEXT NOT NULL,   -- empty: not all has
    sealed     BYTEA NOT NULL,  -- the key of the content
    created    BIGINT NOT NULL,
    created_by BIGINT NOT NULL,
    due        BIGINT NOT NULL  -- 0: never
);
CREATE INDEX file_place ON file (owner, place, id);
CREATE INDEX file_due ON file (due) WHERE due <> 0;

CREATE TABLE file_chunk (
    file   BIGINT NOT NULL,
    number BIGINT NOT NULL, -- from 0
    sealed BYTEA NOT NULL,
    PRIMARY KEY (file, number)
);
