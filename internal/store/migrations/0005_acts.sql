-- +goose Up
-- What an act has to write is its cost, and what it reads must not grow with what
-- has ended. Nothing reads the journal by app or business. One index finds the
-- tokens of a grant that were not revoked, and those cut from one of them; the other
-- one everything that was cut from a token.
DROP INDEX journal_app;
DROP INDEX journal_business;
DROP INDEX token_grant;
DROP INDEX token_parent;
CREATE INDEX token_family ON token (access_grant, revoked, parent, shape);
CREATE INDEX token_parent ON token (parent) WHERE parent <> 0;
