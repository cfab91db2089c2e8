-- +goose Up
-- What changed of authority, one row for each act, written in the act's own
-- transaction, so that no two acts write the same row. xid orders them: on
-- PostgreSQL the number of the transaction, on SQLite one more than the last. Rows
-- of the last minutes are kept.
CREATE TABLE change (
    xid      BIGINT NOT NULL,
    id       BIGINT NOT NULL, -- random: a dump that is put back brings numbers of its own
    term     BIGINT NOT NULL, -- in which it was made
    at       BIGINT NOT NULL, -- real time
    entities TEXT NOT NULL,   -- kind:id,…
    PRIMARY KEY (xid, id)
);

-- The term is a row that changes lock in share mode, so it is always there.
INSERT INTO meta (name, value) VALUES ('term', '0') ON CONFLICT (name) DO NOTHING;
