-- +goose Up
-- When a submission is decided as a rule, and who of the app's people had a hand in it:
-- none of them decides about it. Of what was sent before, a week is five working days.
ALTER TABLE submission ADD COLUMN due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN hands TEXT NOT NULL DEFAULT '[]'; -- people, JSON
UPDATE submission SET due = sent + 604800000 WHERE status = 'sent';
DROP INDEX submission_sent;
CREATE INDEX submission_due ON submission (due, id) WHERE status = 'sent';

-- Likewise of verifications, and who offered what an app's people prepared: whether that
-- one still may is asked when the client answers.
ALTER TABLE verification ADD COLUMN hands TEXT NOT NULL DEFAULT '[]';
ALTER TABLE verification ADD COLUMN offered_by BIGINT NOT NULL DEFAULT 0;
UPDATE verification SET offered_by = begun_by WHERE offered <> 0;

-- The first of two who look at an app that has another name, icon or owner than they
-- gave access to: the second one confirms it.
CREATE TABLE app_identity (
    app    BIGINT PRIMARY KEY,
    person BIGINT NOT NULL,
    face   TEXT NOT NULL, -- of the app then: a hash
    at     BIGINT NOT NULL
);
CREATE INDEX app_identity_changed ON app (identity_changed, id) WHERE identity_changed <> 0;

-- What businesses say of apps that they have connected: that one asks for more than it
-- needs. One of each business and app waits at a time.
CREATE TABLE complaint (
    id          BIGINT PRIMARY KEY,
    business    BIGINT NOT NULL,
    app         BIGINT NOT NULL,
    person      BIGINT NOT NULL,
    about       TEXT NOT NULL,   -- permissions that it does not need, JSON
    words       TEXT NOT NULL,
    created     BIGINT NOT NULL,
    outcome     TEXT NOT NULL,   -- empty: it waits
    answer      TEXT NOT NULL,
    answered_by BIGINT NOT NULL,
    answered    BIGINT NOT NULL  -- 0: not yet
);
CREATE UNIQUE INDEX complaint_open ON complaint (business, app) WHERE answered = 0;
CREATE INDEX complaint_waits ON complaint (created, id) WHERE answered = 0;
CREATE INDEX complaint_business ON complaint (business, created);
CREATE INDEX complaint_app ON complaint (app, created);
CREATE INDEX complaint_answered ON complaint (answered) WHERE answered <> 0;

-- Apps that somebody put forward as partners, and what became of it. One that is given
-- is a badge, as long as it has not ended.
CREATE TABLE nomination (
    app          BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    status       TEXT NOT NULL, -- open, given, refused, ended
    specialities TEXT NOT NULL, -- keys, JSON
    words        TEXT NOT NULL, -- why, for whoever decides
    made_by      BIGINT NOT NULL,
    made         BIGINT NOT NULL,
    proposed     BOOLEAN NOT NULL, -- by staff, not by its people
    face         TEXT NOT NULL, -- of the app that was looked at: a hash
    reason       TEXT NOT NULL,
    decided_by   BIGINT NOT NULL,
    decided      BIGINT NOT NULL,
    ended        BIGINT NOT NULL,
    ended_by     BIGINT NOT NULL,
    PRIMARY KEY (app, number)
);
CREATE UNIQUE INDEX nomination_open ON nomination (app) WHERE status = 'open';
CREATE UNIQUE INDEX nomination_given ON nomination (app) WHERE status = 'given';
CREATE INDEX nomination_waits ON nomination (made, app) WHERE status = 'open';
