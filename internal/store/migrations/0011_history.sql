-- +goose Up
-- A business and the people of an app read their part of the journal, newest first.
-- Lines that are about neither stand in neither index.
CREATE INDEX journal_business ON journal (business, at, id) WHERE business <> 0;
CREATE INDEX journal_app ON journal (app, at, id) WHERE app <> 0;
