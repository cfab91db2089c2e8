-- +goose Up
-- The ad accounts that an app may call on, below the level that has no end of them.
-- One that was taken off stays as a row, so that no call puts it back.
CREATE TABLE app_account (
    app      BIGINT NOT NULL,
    account  BIGINT NOT NULL,
    added    BIGINT NOT NULL,
    added_by BIGINT NOT NULL DEFAULT 0, -- the person, or the app itself; 0: a call
    removed  BIGINT NOT NULL DEFAULT 0,
    used     BIGINT NOT NULL DEFAULT 0, -- to the minute
    PRIMARY KEY (app, account)
);

CREATE INDEX app_account_account ON app_account (account);
