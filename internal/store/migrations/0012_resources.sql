-- +goose Up
-- Data of assets, of the types that the catalog declares: one table for all of them,
-- whose columns are what every type has. Values are JSON, by field. A list is of one
-- kind on an asset, on what a row hangs on, or on what that hangs on, in the order of
-- place, which is a number that grows with time; a page of it is one range of an
-- index, wherever it is. name is what no other one has: asset, kind and key as one word,
-- so that whoever looks one up has one index to take, whatever the database believes of
-- the others.
CREATE TABLE resource (
    id      BIGINT PRIMARY KEY,
    kind    TEXT NOT NULL,
    asset   BIGINT NOT NULL,
    parent  BIGINT NOT NULL,
    above   BIGINT NOT NULL, -- what parent hangs on, where both are rows here; 0: nothing
    place   BIGINT NOT NULL,
    name    TEXT NOT NULL,   -- empty: nothing
    fields  TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE UNIQUE INDEX resource_asset ON resource (asset, kind, place);
CREATE INDEX resource_parent ON resource (parent, kind, place) WHERE parent <> asset;
CREATE INDEX resource_above ON resource (above, kind, place) WHERE above <> 0;
CREATE UNIQUE INDEX resource_name ON resource (name) WHERE name <> '';

-- What ads brought, day by day: one row for each ad, day and part of the people who saw
-- it. Days are counted from 1970-01-01, months as 202611, money in hundredths. Rows
-- outlive the ad, and end with the account.
CREATE TABLE insight (
    asset       BIGINT NOT NULL,
    day         BIGINT NOT NULL,
    ad          BIGINT NOT NULL,
    part        BIGINT NOT NULL,
    month       BIGINT NOT NULL,
    campaign    BIGINT NOT NULL,
    adset       BIGINT NOT NULL,
    age         TEXT NOT NULL,
    gender      TEXT NOT NULL,
    country     TEXT NOT NULL,
    platform    TEXT NOT NULL,
    impressions BIGINT NOT NULL,
    reach       BIGINT NOT NULL,
    clicks      BIGINT NOT NULL,
    link_clicks BIGINT NOT NULL,
    conversions BIGINT NOT NULL,
    spend       BIGINT NOT NULL,
    PRIMARY KEY (asset, day, ad, part)
);
CREATE INDEX insight_campaign ON insight (campaign, day);
