-- +goose Up
-- What apps called: one row for each day, call and outcome. Written from memory
-- about once a second, beside the calls, and kept for 90 days.
CREATE TABLE app_call (
    app    BIGINT NOT NULL,
    day    BIGINT NOT NULL, -- since 1970, UTC
    edge   TEXT NOT NULL,   -- the call by its name; empty for those without one
    code   BIGINT NOT NULL, -- of the error; 0: success
    calls  BIGINT NOT NULL,
    micros BIGINT NOT NULL, -- that they took together
    PRIMARY KEY (app, day, edge, code)
);
CREATE INDEX app_call_day ON app_call (day, app);

-- What became of an app's Marketing API level: who asked for the next one, and
-- what was decided, with or without anybody's asking.
CREATE TABLE level_step (
    app      BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    held     TEXT NOT NULL,
    level    TEXT NOT NULL, -- asked for; once decided, held from then on
    note     TEXT NOT NULL,
    asked_by BIGINT NOT NULL,
    asked    BIGINT NOT NULL,
    outcome  TEXT NOT NULL, -- empty: still to be decided
    reason   TEXT NOT NULL,
    calls    BIGINT NOT NULL, -- that the criteria counted at the decision
    errors   BIGINT NOT NULL,
    decider  BIGINT NOT NULL,
    decided  BIGINT NOT NULL,
    PRIMARY KEY (app, number)
);
CREATE UNIQUE INDEX level_step_open ON level_step (app) WHERE outcome = '';
CREATE INDEX level_step_asked ON level_step (asked, app) WHERE outcome = '';
