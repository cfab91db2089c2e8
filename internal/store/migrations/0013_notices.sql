-- +goose Up
-- What was told of the end of a token family, the last of it. There is one row for
-- each family at most, and for data access one more.
CREATE TABLE notice (
    family BIGINT NOT NULL, -- the grant or the installation
    kind   TEXT NOT NULL,   -- token or data_access
    app    BIGINT NOT NULL,
    born   BIGINT NOT NULL, -- when the newest token was issued, or the person was there: what is newer is told of anew
    ends   BIGINT NOT NULL, -- when it ends, or has ended
    days   BIGINT NOT NULL, -- before the end that were told of; 0: that it has ended
    told   BIGINT NOT NULL,
    mailed BIGINT NOT NULL, -- when the people of the app were; 0: not yet
    PRIMARY KEY (family, kind)
);
CREATE INDEX notice_unmailed ON notice (app, ends) WHERE mailed = 0;
CREATE INDEX access_grant_data_access ON access_grant (data_access) WHERE person <> 0 AND revoked = 0;

-- Whether a business is told of tokens that nobody has used lately, too.
ALTER TABLE business ADD COLUMN all_notices BOOLEAN NOT NULL DEFAULT FALSE;
