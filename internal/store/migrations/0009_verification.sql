-- +goose Up
-- What people handed in for others to look at. The content lies sealed in pieces,
-- written one after the other as they arrive; a file that nobody kept, and one whose
-- time has come, is due and goes with the next sweep.
CREATE TABLE file (
    id         BIGINT PRIMARY KEY,
    owner      BIGINT NOT NULL, -- the app or business that it is about
    place      TEXT NOT NULL,   -- what of it
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,
    size       BIGINT NOT NULL, -- that has arrived
    sha256     TEXT NOT NULL,   -- empty: not all has
    sealed     BYTEA NOT NULL,  -- the key of the content
    created    BIGINT NOT NULL,
    created_by BIGINT NOT NULL,
    due        BIGINT NOT NULL  -- 0: never
);
CREATE INDEX file_place ON file (owner, place, id);
CREATE INDEX file_due ON file (due) WHERE due <> 0;

CREATE TABLE file_chunk (
    file   BIGINT NOT NULL,
    number BIGINT NOT NULL, -- from 0
    sealed BYTEA NOT NULL,
    PRIMARY KEY (file, number)
);

-- How a business shows who it is, once for each time that it does. One that an
-- app's people prepared is the business's when its own people have accepted it.
CREATE TABLE verification (
    business    BIGINT NOT NULL,
    number      BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    status      TEXT NOT NULL,
    name        TEXT NOT NULL, -- of the business when it was sent
    details     TEXT NOT NULL, -- JSON
    begun       BIGINT NOT NULL,
    begun_by    BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    app         BIGINT NOT NULL, -- whose people prepared it; 0: the business's own did
    offered     BIGINT NOT NULL,
    accepted    BIGINT NOT NULL,
    accepted_by BIGINT NOT NULL,
    code        TEXT NOT NULL, -- hash of the mailed one
    mailed      BIGINT NOT NULL,
    tries       BIGINT NOT NULL,
    mail_proven BIGINT NOT NULL,
    site_value  TEXT NOT NULL,
    site_proven BIGINT NOT NULL,
    site_by     TEXT NOT NULL,
    sent        BIGINT NOT NULL,
    sent_by     BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    words       TEXT NOT NULL,
    decided     BIGINT NOT NULL,
    decider     BIGINT NOT NULL,
    PRIMARY KEY (business, number)
);
CREATE INDEX verification_app ON verification (app, business) WHERE app <> 0;
CREATE INDEX verification_waits ON verification (sent, business) WHERE status = 'pending';
CREATE INDEX verification_offered ON verification (changed) WHERE app <> 0 AND accepted = 0;
