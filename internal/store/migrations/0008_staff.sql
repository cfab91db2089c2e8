-- +goose Up
-- What people may do for the platform: a role instead of a truth value. Who was
-- staff could do all that there was.
ALTER TABLE person RENAME COLUMN staff TO was_staff;
ALTER TABLE person ADD COLUMN staff TEXT NOT NULL DEFAULT '';
UPDATE person SET staff = 'operator' WHERE was_staff;
ALTER TABLE person DROP COLUMN was_staff;
CREATE INDEX person_staff ON person (staff, id) WHERE staff <> '';
