-- +goose Up
-- What an app was given beyond standard access: one row for each permission and
-- feature, whoever looks at it. permission is the name, of a feature too, and created
-- is since when. submission is by which (0: a seed or the operator), until when it has
-- to be confirmed again (0: not set yet), reminded the days before that of the last
-- reminder, lapsed when it narrowed to standard access again.
ALTER TABLE app_access ADD COLUMN kind TEXT NOT NULL DEFAULT 'permission';
ALTER TABLE app_access ADD COLUMN submission BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app_access ADD COLUMN until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app_access ADD COLUMN reminded BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app_access ADD COLUMN lapsed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX app_access_until ON app_access (until, app) WHERE lapsed = 0;

-- What an app's people ask for in one go, or confirm once a year.
CREATE TABLE submission (
    id           BIGINT PRIMARY KEY,
    app          BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    status       TEXT NOT NULL,
    version      BIGINT NOT NULL,
    no_interface BOOLEAN NOT NULL,
    relationship TEXT NOT NULL,
    instructions TEXT NOT NULL,
    account      TEXT NOT NULL, -- to try the app out with
    password     BYTEA,         -- sealed
    created      BIGINT NOT NULL,
    created_by   BIGINT NOT NULL,
    sent         BIGINT NOT NULL,
    sent_by      BIGINT NOT NULL,
    ended        BIGINT NOT NULL,
    assigned     BIGINT NOT NULL
);
CREATE UNIQUE INDEX submission_app ON submission (app, number);
CREATE UNIQUE INDEX submission_draft ON submission (app) WHERE status = 'draft';
CREATE INDEX submission_sent ON submission (sent, id) WHERE status = 'sent';

CREATE TABLE submission_item (
    submission BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    use        TEXT NOT NULL,
    how        TEXT NOT NULL,
    answers    TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    words      TEXT NOT NULL,
    decided    BIGINT NOT NULL,
    first_by   BIGINT NOT NULL,
    first_at   BIGINT NOT NULL,
    face       TEXT NOT NULL, -- of the app then: a hash
    second_by  BIGINT NOT NULL,
    PRIMARY KEY (submission, number)
);
CREATE INDEX submission_item_decided ON submission_item (decided) WHERE decided <> 0;

-- When staff kept an app from live mode, and why: its people read it. One that has not
-- ended holds.
CREATE TABLE app_stop (
    app      BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    mode     TEXT NOT NULL, -- that it was put into: development or stopped
    reason   TEXT NOT NULL,
    made_by  BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    ended    BIGINT NOT NULL,
    ended_by BIGINT NOT NULL,
    PRIMARY KEY (app, number)
);
CREATE UNIQUE INDEX app_stop_open ON app_stop (app) WHERE ended = 0;
