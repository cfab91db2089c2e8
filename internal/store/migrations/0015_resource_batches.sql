-- +goose Up
-- Batches of changes to data of assets, by the handle under which whoever sent one asks
-- what became of it. done grows with each transaction that takes over a part of it; all
-- of it is done when it has reached requests. report is JSON: what was refused and why.
CREATE TABLE resource_batch (
    handle   TEXT PRIMARY KEY,
    kind     TEXT NOT NULL,
    asset    BIGINT NOT NULL,
    app      BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    done     BIGINT NOT NULL,
    report   TEXT NOT NULL,
    updated  BIGINT NOT NULL
);
CREATE INDEX resource_batch_updated ON resource_batch (updated);
