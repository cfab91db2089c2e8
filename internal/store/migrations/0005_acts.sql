-- +goose Up
-- What an act has to write is its cost. Nothing reads the journal by app or
-- business, and one index finds the tokens of a grant and those that were cut from
-- one of them.
DROP INDEX journal_app;
DROP INDEX journal_business;
CREATE INDEX token_family ON token (access_grant, parent, shape);
DROP INDEX token_grant;
DROP INDEX token_parent;
