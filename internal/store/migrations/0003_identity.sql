-- +goose Up
-- Advanced access belongs to the name, icon and owner that staff looked at: when
-- one of them changed since; 0: none did.
ALTER TABLE app ADD COLUMN identity_changed BIGINT NOT NULL DEFAULT 0;

-- When the app got another owner, and what the one before was called: those who
-- had connected it are told.
ALTER TABLE app ADD COLUMN owner_changed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN former_owner TEXT NOT NULL DEFAULT '';

-- Businesses that ended what an app could do with them through a person: the
-- tokens of the person's grant count no place there.
CREATE TABLE grant_exclusion (
    access_grant BIGINT NOT NULL,
    business     BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (access_grant, business)
);

-- When a person logged out of a page of the app: the next login says who goes on.
ALTER TABLE access_grant ADD COLUMN logged_out BIGINT NOT NULL DEFAULT 0;

-- What was revoked long ago is swept.
CREATE INDEX token_revoked ON token (revoked) WHERE revoked <> 0;
