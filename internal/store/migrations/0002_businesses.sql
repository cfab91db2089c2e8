-- +goose Up
-- Businesses at work: system users with installations, requests and
-- invitations, second factors, asset groups, what is sent to others.

ALTER TABLE business ADD COLUMN two_factor TEXT NOT NULL DEFAULT 'none';
ALTER TABLE business ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;

ALTER TABLE app ADD COLUMN parent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN switched BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN previous_type TEXT NOT NULL DEFAULT '';
CREATE INDEX app_parent ON app (parent) WHERE parent <> 0;
CREATE INDEX app_owner ON app (owner);

ALTER TABLE system_user ADD COLUMN created_by BIGINT NOT NULL DEFAULT 0;

-- Whether the person has a second factor: kept beside second_factor, because
-- every fact about the person wants it.
ALTER TABLE person ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;

-- A session that still waits for the second factor opens nothing.
ALTER TABLE session ADD COLUMN awaiting BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE second_factor (
    id      TEXT PRIMARY KEY,
    person  BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    sealed  BYTEA NOT NULL,
    step    BIGINT NOT NULL,
    created BIGINT NOT NULL,
    used    BIGINT NOT NULL
);
CREATE INDEX second_factor_person ON second_factor (person);

CREATE TABLE recovery_code (
    person BIGINT NOT NULL,
    hash   TEXT NOT NULL,
    used   BIGINT NOT NULL,
    PRIMARY KEY (person, hash)
);

-- What a person has begun and must finish: second factors, the form for a token.
CREATE TABLE challenge (
    id      TEXT PRIMARY KEY,
    person  BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    data    TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX challenge_expires ON challenge (expires);

-- Accounts that were asked for and whose address is still to be proven, by the
-- browser that asks: no people yet.
CREATE TABLE sign_up (
    key      TEXT PRIMARY KEY,
    email    TEXT NOT NULL,
    name     TEXT NOT NULL,
    password TEXT NOT NULL,
    code     TEXT NOT NULL,
    mailed   BIGINT NOT NULL,
    expires  BIGINT NOT NULL
);
CREATE INDEX sign_up_email ON sign_up (email);
CREATE INDEX sign_up_expires ON sign_up (expires);

-- Lists of a business's assets in the order that people read, and of every kind.
CREATE INDEX asset_business_name ON asset (business, kind, lower(name), id);
CREATE INDEX asset_business_id ON asset (business, id);

-- What others share with a business, and with whom an owner shares. kind, name
-- and owner are the asset's, for lists: a kind never changes, a new name is
-- written to both, and with the owner all shares end.
CREATE TABLE share_of (
    asset    BIGINT NOT NULL,
    business BIGINT NOT NULL,
    owner    BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    tasks    TEXT NOT NULL,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    PRIMARY KEY (asset, business)
);
INSERT INTO share_of (asset, business, owner, kind, name, tasks, created, updated)
    SELECT s.asset, s.business, a.business, a.kind, a.name, s.tasks, a.created, a.created FROM share s JOIN asset a ON a.id = s.asset;
DROP TABLE share;
ALTER TABLE share_of RENAME TO share;
CREATE INDEX share_business ON share (business, asset);
CREATE INDEX share_kind ON share (business, kind, asset, owner) WHERE tasks <> '';
CREATE INDEX share_name ON share (business, kind, lower(name), asset, tasks);
CREATE INDEX share_owner ON share (owner, business, asset);

-- Who gave the tasks is the source: the asset's owner (0), an agency (its id)
-- or an asset group (its id). A person may have tasks from each.
CREATE TABLE assignment_of (
    asset   BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    source  BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    tasks   TEXT NOT NULL,
    PRIMARY KEY (asset, subject, source)
);
INSERT INTO assignment_of (asset, subject, source, kind, tasks)
    SELECT g.asset, g.subject, CASE
        WHEN EXISTS (SELECT 1 FROM member m WHERE m.business = a.business AND m.person = g.subject) THEN 0
        ELSE COALESCE((SELECT min(s.business) FROM share s WHERE s.asset = g.asset AND (
            EXISTS (SELECT 1 FROM member m WHERE m.business = s.business AND m.person = g.subject)
            OR EXISTS (SELECT 1 FROM system_user u WHERE u.business = s.business AND u.id = g.subject))), 0) END,
        a.kind, g.tasks FROM assignment g JOIN asset a ON a.id = g.asset;
DROP TABLE assignment;
ALTER TABLE assignment_of RENAME TO assignment;
CREATE INDEX assignment_subject ON assignment (subject, asset);
CREATE INDEX assignment_kind ON assignment (subject, kind, asset) WHERE tasks <> '';
CREATE INDEX assignment_source ON assignment (source, subject) WHERE source <> 0;

CREATE TABLE asset_group (
    id       BIGINT PRIMARY KEY,
    business BIGINT NOT NULL,
    name     TEXT NOT NULL,
    created  BIGINT NOT NULL
);
CREATE INDEX asset_group_business ON asset_group (business, id);

CREATE TABLE asset_group_asset (
    asset_group BIGINT NOT NULL,
    asset       BIGINT NOT NULL,
    PRIMARY KEY (asset_group, asset)
);
CREATE INDEX asset_group_asset_asset ON asset_group_asset (asset);

CREATE TABLE asset_group_assignment (
    asset_group BIGINT NOT NULL,
    subject     BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    tasks       TEXT NOT NULL,
    PRIMARY KEY (asset_group, subject, kind)
);
CREATE INDEX asset_group_assignment_subject ON asset_group_assignment (subject);

-- Businesses that may use an app which is not theirs.
CREATE TABLE app_share (
    app        BIGINT NOT NULL,
    business   BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    created_by BIGINT NOT NULL,
    PRIMARY KEY (app, business)
);
CREATE INDEX app_share_business ON app_share (business, app);

-- "This system user may use this app." A removed row stays, so that its
-- generation never comes back.
CREATE TABLE installation (
    id           BIGINT NOT NULL UNIQUE,
    system_user  BIGINT NOT NULL,
    app          BIGINT NOT NULL,
    generation   BIGINT NOT NULL,
    installed_by BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    removed      BIGINT NOT NULL,
    PRIMARY KEY (system_user, app)
);
CREATE INDEX installation_app ON installation (app, system_user);

ALTER TABLE token ADD COLUMN made_installation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE token ADD COLUMN capped BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX token_page ON token (page) WHERE kind = 'page' AND revoked = 0;
CREATE INDEX token_system_user ON token (system_user, app) WHERE kind = 'system_user';

-- When a token was last accepted, to the minute. Beside the token, so that
-- calls do not contend with acts.
CREATE TABLE token_use (
    token BIGINT PRIMARY KEY,
    used  BIGINT NOT NULL
);

-- When an app last used an edge that only recent users may use.
CREATE TABLE edge_use (
    app  BIGINT NOT NULL,
    edge TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (app, edge)
);

-- What somebody asked of somebody else, who confirms or declines: assets and
-- apps between businesses, invitations of people.
CREATE TABLE request (
    id         BIGINT PRIMARY KEY,
    kind       TEXT NOT NULL,
    business   BIGINT NOT NULL,
    app        BIGINT NOT NULL,
    asset      BIGINT NOT NULL,
    email      TEXT NOT NULL,
    role       TEXT NOT NULL,
    tasks      TEXT NOT NULL,
    secret     TEXT NOT NULL,
    state      TEXT NOT NULL,
    created_by BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    decided_by BIGINT NOT NULL,
    decided    BIGINT NOT NULL
);
CREATE UNIQUE INDEX request_pending ON request (kind, business, app, asset, email) WHERE state = 'pending';
CREATE UNIQUE INDEX request_secret ON request (secret) WHERE secret <> '';
CREATE INDEX request_business ON request (business, id);
CREATE INDEX request_asset ON request (asset) WHERE asset <> 0;
CREATE INDEX request_app ON request (app) WHERE app <> 0;
CREATE INDEX request_email ON request (email) WHERE email <> '';
CREATE INDEX request_expires ON request (expires) WHERE state = 'pending';
CREATE INDEX request_decided ON request (decided) WHERE state <> 'pending';

-- Where an app wants to be told of what.
CREATE TABLE subscription (
    app            BIGINT NOT NULL,
    object         TEXT NOT NULL,
    callback_url   TEXT NOT NULL,
    fields         TEXT NOT NULL,
    include_values BOOLEAN NOT NULL,
    created        BIGINT NOT NULL,
    updated        BIGINT NOT NULL,
    PRIMARY KEY (app, object)
);

-- What acts send out: written with the act, delivered afterwards, in the order
-- of place within (app, subject). The first of each subject is pending, those
-- behind it wait. Payloads of mails are sealed.
CREATE TABLE outbox (
    id       BIGINT PRIMARY KEY,
    kind     TEXT NOT NULL,
    app      BIGINT NOT NULL,
    subject  TEXT NOT NULL,
    place    BIGINT NOT NULL,
    object   TEXT NOT NULL,
    field    TEXT NOT NULL,
    payload  BYTEA NOT NULL,
    state    TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    status   BIGINT NOT NULL,
    problem  TEXT NOT NULL,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL
);
CREATE UNIQUE INDEX outbox_place ON outbox (app, subject, place);
CREATE UNIQUE INDEX outbox_first ON outbox (app, subject) WHERE state = 'pending';
CREATE INDEX outbox_behind ON outbox (app, subject, place) WHERE state = 'waiting';
CREATE INDEX outbox_due ON outbox (app, due) WHERE state = 'pending';
CREATE INDEX outbox_open ON outbox (app, created) WHERE state IN ('pending', 'waiting');
CREATE INDEX outbox_log ON outbox (app, created, id) WHERE app <> 0;
CREATE INDEX outbox_updated ON outbox (updated) WHERE state IN ('delivered', 'failed');

-- Requests of people that an app deletes their data, with the app's answer.
CREATE TABLE data_deletion (
    id      BIGINT PRIMARY KEY,
    person  BIGINT NOT NULL,
    app     BIGINT NOT NULL,
    state   TEXT NOT NULL,
    url     TEXT NOT NULL,
    code    TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX data_deletion_person ON data_deletion (person, created);
