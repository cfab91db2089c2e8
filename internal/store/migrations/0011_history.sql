-- +goose Up
-- A business and the people of an app read their part of the journal, newest first.
-- Lines that are about neither stand in neither index.
CREATE INDEX journal_business ON journal (business, at, id) WHERE business <> 0;
CREATE INDEX journal_app ON journal (app, at, id) WHERE app <> 0;

-- What people report to those who run the platform, and the answer.
CREATE TABLE problem (
    id          BIGINT PRIMARY KEY,
    person      BIGINT NOT NULL,
    path        TEXT NOT NULL,   -- of the page, without its query; empty: unknown
    trace       TEXT NOT NULL,   -- of the request that it is about; empty: unknown
    words       TEXT NOT NULL,
    created     BIGINT NOT NULL,
    answer      TEXT NOT NULL,
    answered_by BIGINT NOT NULL,
    answered    BIGINT NOT NULL  -- 0: not yet
);
CREATE INDEX problem_open ON problem (created, id) WHERE answered = 0;
CREATE INDEX problem_person ON problem (person, created);
CREATE INDEX problem_answered ON problem (answered) WHERE answered <> 0;
