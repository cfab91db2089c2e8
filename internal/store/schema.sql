-- The schema after all migrations. Rewritten by: make docs

CREATE TABLE access_grant (
    id                    INTEGER PRIMARY KEY,
    app                   BIGINT NOT NULL,
    person                BIGINT NOT NULL,
    business              BIGINT NOT NULL,
    system_user           BIGINT NOT NULL,
    configuration         BIGINT NOT NULL,
    configuration_version BIGINT NOT NULL,
    scopes                TEXT NOT NULL,
    declined              TEXT NOT NULL,
    kinds                 TEXT NOT NULL,
    granted_by            BIGINT NOT NULL,
    generation            BIGINT NOT NULL,
    expires_in_days       BIGINT NOT NULL,
    data_access           BIGINT NOT NULL,
    created               BIGINT NOT NULL,
    updated               BIGINT NOT NULL,
    revoked               BIGINT NOT NULL
, logged_out BIGINT NOT NULL DEFAULT 0);

CREATE TABLE app (
    id                INTEGER PRIMARY KEY,
    name              TEXT NOT NULL,
    type              TEXT NOT NULL,
    business          BIGINT NOT NULL,
    owner             BIGINT NOT NULL,
    mode              TEXT NOT NULL,
    level             TEXT NOT NULL,
    settings          TEXT NOT NULL,
    generation        BIGINT NOT NULL,
    secret_generation BIGINT NOT NULL,
    version           BIGINT NOT NULL,
    disabled          BIGINT NOT NULL,
    created           BIGINT NOT NULL
, parent BIGINT NOT NULL DEFAULT 0, switched BIGINT NOT NULL DEFAULT 0, previous_type TEXT NOT NULL DEFAULT '', identity_changed BIGINT NOT NULL DEFAULT 0, owner_changed BIGINT NOT NULL DEFAULT 0, former_owner TEXT NOT NULL DEFAULT '');

CREATE TABLE app_access (
    app        BIGINT NOT NULL,
    permission TEXT NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (app, permission)
);

CREATE TABLE app_account (
    app      BIGINT NOT NULL,
    account  BIGINT NOT NULL,
    added    BIGINT NOT NULL,
    added_by BIGINT NOT NULL DEFAULT 0, -- the person, or the app itself; 0: a call
    removed  BIGINT NOT NULL DEFAULT 0,
    used     BIGINT NOT NULL DEFAULT 0, -- to the minute
    PRIMARY KEY (app, account)
);

CREATE TABLE app_role (
    app     BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    role    TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (app, subject)
);

CREATE TABLE app_secret (
    app     BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    sealed  BYTEA NOT NULL,
    created BIGINT NOT NULL,
    retires BIGINT NOT NULL,
    PRIMARY KEY (app, number)
);

CREATE TABLE app_share (
    app        BIGINT NOT NULL,
    business   BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    created_by BIGINT NOT NULL,
    PRIMARY KEY (app, business)
);

CREATE TABLE asset (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    business   BIGINT NOT NULL,
    name       TEXT NOT NULL,
    attributes TEXT NOT NULL,
    created    BIGINT NOT NULL
);

CREATE TABLE asset_group (
    id       INTEGER PRIMARY KEY,
    business BIGINT NOT NULL,
    name     TEXT NOT NULL,
    created  BIGINT NOT NULL
);

CREATE TABLE asset_group_asset (
    asset_group BIGINT NOT NULL,
    asset       BIGINT NOT NULL,
    PRIMARY KEY (asset_group, asset)
);

CREATE TABLE asset_group_assignment (
    asset_group BIGINT NOT NULL,
    subject     BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    tasks       TEXT NOT NULL,
    PRIMARY KEY (asset_group, subject, kind)
);

CREATE TABLE "assignment" (
    asset   BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    source  BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    tasks   TEXT NOT NULL,
    PRIMARY KEY (asset, subject, source)
);

CREATE TABLE business (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL,
    generation   BIGINT NOT NULL,
    verification TEXT NOT NULL,
    vertical     TEXT NOT NULL,
    created_by   BIGINT NOT NULL,
    created      BIGINT NOT NULL
, two_factor TEXT NOT NULL DEFAULT 'none', deleted BIGINT NOT NULL DEFAULT 0);

CREATE TABLE business_relation (
    parent BIGINT NOT NULL,
    child  BIGINT NOT NULL,
    kind   TEXT NOT NULL,
    PRIMARY KEY (parent, child)
);

CREATE TABLE challenge (
    id      TEXT PRIMARY KEY,
    person  BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    data    TEXT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE change (
    xid      BIGINT NOT NULL,
    id       BIGINT NOT NULL, -- random: a dump that is put back brings numbers of its own
    term     BIGINT NOT NULL, -- in which it was made
    at       BIGINT NOT NULL, -- real time
    entities TEXT NOT NULL,   -- kind:id,…
    PRIMARY KEY (xid, id)
);

CREATE TABLE code (
    hash            TEXT PRIMARY KEY,
    app             BIGINT NOT NULL,
    person          BIGINT NOT NULL,
    access_grant    BIGINT NOT NULL,
    configuration   BIGINT NOT NULL,
    redirect_uri    TEXT NOT NULL,
    lax_redirect    BOOLEAN NOT NULL,
    challenge       TEXT NOT NULL,
    made_person     BIGINT NOT NULL,
    made_app        BIGINT NOT NULL,
    made_grant      BIGINT NOT NULL,
    created         BIGINT NOT NULL,
    expires         BIGINT NOT NULL,
    used            BIGINT NOT NULL,
    auth_nonce      TEXT NOT NULL
);

CREATE TABLE configuration (
    id      INTEGER PRIMARY KEY,
    app     BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    deleted BIGINT NOT NULL
);

CREATE TABLE configuration_version (
    configuration   BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    name            TEXT NOT NULL,
    variation       TEXT NOT NULL,
    token_type      TEXT NOT NULL,
    expires_in_days BIGINT NOT NULL,
    assets          TEXT NOT NULL,
    permissions     TEXT NOT NULL,
    created         BIGINT NOT NULL,
    PRIMARY KEY (configuration, version)
);

CREATE TABLE connection (
    app        BIGINT NOT NULL,
    business   BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    PRIMARY KEY (app, business)
);

CREATE TABLE data_deletion (
    id      INTEGER PRIMARY KEY,
    person  BIGINT NOT NULL,
    app     BIGINT NOT NULL,
    state   TEXT NOT NULL,
    url     TEXT NOT NULL,
    code    TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE edge_use (
    app  BIGINT NOT NULL,
    edge TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (app, edge)
);

CREATE TABLE grant_asset (
    access_grant BIGINT NOT NULL,
    asset        BIGINT NOT NULL,
    PRIMARY KEY (access_grant, asset)
);

CREATE TABLE grant_exclusion (
    access_grant BIGINT NOT NULL,
    business     BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (access_grant, business)
);

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

CREATE TABLE journal (
    at       BIGINT NOT NULL,
    id       BIGINT NOT NULL,
    caller   TEXT NOT NULL,
    actor    BIGINT NOT NULL,
    app      BIGINT NOT NULL,
    business BIGINT NOT NULL,
    act      TEXT NOT NULL,
    subject  BIGINT NOT NULL,
    outcome  TEXT NOT NULL,
    before   TEXT NOT NULL,
    after    TEXT NOT NULL,
    trace    TEXT NOT NULL,
    PRIMARY KEY (at, id)
);

CREATE TABLE key_check (
    kind  TEXT NOT NULL,
    id    BIGINT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE login (
    id                    TEXT PRIMARY KEY,
    app                   BIGINT NOT NULL,
    request               TEXT NOT NULL,
    configuration_version BIGINT NOT NULL,
    browser               TEXT NOT NULL,
    person                BIGINT NOT NULL,
    person_generation     BIGINT NOT NULL,
    authenticated         BIGINT NOT NULL,
    business              BIGINT NOT NULL,
    assets_chosen         BOOLEAN NOT NULL,
    assets                TEXT NOT NULL,
    outcome               TEXT NOT NULL,
    created               BIGINT NOT NULL,
    expires               BIGINT NOT NULL
);

CREATE TABLE member (
    id       INTEGER PRIMARY KEY,
    business BIGINT NOT NULL,
    person   BIGINT NOT NULL,
    role     TEXT NOT NULL,
    created  BIGINT NOT NULL,
    UNIQUE (business, person)
);

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE node (
    id   INTEGER PRIMARY KEY,
    kind TEXT NOT NULL
);

CREATE TABLE outbox (
    id       INTEGER PRIMARY KEY,
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

CREATE TABLE person (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL UNIQUE,
    password   TEXT NOT NULL,
    generation BIGINT NOT NULL,
    staff      BOOLEAN NOT NULL,
    created    BIGINT NOT NULL
, second_factor BOOLEAN NOT NULL DEFAULT FALSE);

CREATE TABLE recovery_code (
    person BIGINT NOT NULL,
    hash   TEXT NOT NULL,
    used   BIGINT NOT NULL,
    PRIMARY KEY (person, hash)
);

CREATE TABLE request (
    id         INTEGER PRIMARY KEY,
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

CREATE TABLE revision (
    one    INTEGER PRIMARY KEY,
    number BIGINT NOT NULL
);

CREATE TABLE scoped_id (
    id      INTEGER PRIMARY KEY,
    app     BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    UNIQUE (app, subject)
);

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

CREATE TABLE session (
    key           TEXT PRIMARY KEY,
    person        BIGINT NOT NULL,
    created       BIGINT NOT NULL,
    seen          BIGINT NOT NULL,
    expires       BIGINT NOT NULL,
    authenticated BIGINT NOT NULL,
    agent         TEXT NOT NULL,
    address       TEXT NOT NULL
, awaiting BOOLEAN NOT NULL DEFAULT FALSE);

CREATE TABLE "share" (
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

CREATE TABLE sign_up (
    key      TEXT PRIMARY KEY,
    email    TEXT NOT NULL,
    name     TEXT NOT NULL,
    password TEXT NOT NULL,
    code     TEXT NOT NULL,
    mailed   BIGINT NOT NULL,
    expires  BIGINT NOT NULL
);

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

CREATE TABLE system_user (
    id         INTEGER PRIMARY KEY,
    business   BIGINT NOT NULL,
    app        BIGINT NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    generation BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    deleted    BIGINT NOT NULL
, created_by BIGINT NOT NULL DEFAULT 0);

CREATE TABLE throttle (
    subject  TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    updated  BIGINT NOT NULL
);

CREATE TABLE token (
    id              INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL,
    key_id          BIGINT NOT NULL,
    app             BIGINT NOT NULL,
    person          BIGINT NOT NULL,
    system_user     BIGINT NOT NULL,
    business        BIGINT NOT NULL,
    page            BIGINT NOT NULL,
    access_grant    BIGINT NOT NULL,
    parent          BIGINT NOT NULL,
    narrowed        BOOLEAN NOT NULL,
    scopes          TEXT NOT NULL,
    assets          TEXT NOT NULL,
    shape           TEXT NOT NULL,
    made_person     BIGINT NOT NULL,
    made_business   BIGINT NOT NULL,
    made_app        BIGINT NOT NULL,
    made_grant      BIGINT NOT NULL,
    made_system_user BIGINT NOT NULL,
    made_connection BIGINT NOT NULL,
    issued          BIGINT NOT NULL,
    expires         BIGINT NOT NULL,
    revoked         BIGINT NOT NULL,
    short_lived     BOOLEAN NOT NULL,
    auth_nonce      TEXT NOT NULL,
    code            TEXT NOT NULL
, made_installation BIGINT NOT NULL DEFAULT 0, capped BOOLEAN NOT NULL DEFAULT FALSE);

CREATE TABLE token_use (
    token INTEGER PRIMARY KEY,
    used  BIGINT NOT NULL
);

CREATE INDEX access_grant_app ON access_grant (app, id);

CREATE UNIQUE INDEX access_grant_business ON access_grant (business, app, configuration) WHERE business <> 0 AND revoked = 0;

CREATE UNIQUE INDEX access_grant_person ON access_grant (person, app) WHERE person <> 0 AND revoked = 0;

CREATE INDEX app_account_account ON app_account (account);

CREATE INDEX app_business ON app (business);

CREATE INDEX app_owner ON app (owner);

CREATE INDEX app_parent ON app (parent) WHERE parent <> 0;

CREATE INDEX app_role_subject ON app_role (subject, app);

CREATE INDEX app_share_business ON app_share (business, app);

CREATE INDEX asset_business ON asset (business, kind, id);

CREATE INDEX asset_business_id ON asset (business, id);

CREATE INDEX asset_business_name ON asset (business, kind, lower(name), id);

CREATE INDEX asset_group_asset_asset ON asset_group_asset (asset);

CREATE INDEX asset_group_assignment_subject ON asset_group_assignment (subject);

CREATE INDEX asset_group_business ON asset_group (business, id);

CREATE INDEX assignment_kind ON assignment (subject, kind, asset) WHERE tasks <> '';

CREATE INDEX assignment_source ON assignment (source, subject) WHERE source <> 0;

CREATE INDEX assignment_subject ON assignment (subject, asset);

CREATE INDEX challenge_expires ON challenge (expires);

CREATE INDEX code_expires ON code (expires);

CREATE INDEX configuration_app ON configuration (app, id);

CREATE INDEX data_deletion_person ON data_deletion (person, created);

CREATE INDEX grant_asset_asset ON grant_asset (asset);

CREATE INDEX installation_app ON installation (app, system_user);

CREATE INDEX login_expires ON login (expires);

CREATE INDEX member_person ON member (person, business);

CREATE INDEX outbox_behind ON outbox (app, subject, place) WHERE state = 'waiting';

CREATE INDEX outbox_due ON outbox (app, due) WHERE state = 'pending';

CREATE UNIQUE INDEX outbox_first ON outbox (app, subject) WHERE state = 'pending';

CREATE INDEX outbox_log ON outbox (app, created, id) WHERE app <> 0;

CREATE INDEX outbox_open ON outbox (app, created) WHERE state IN ('pending', 'waiting');

CREATE UNIQUE INDEX outbox_place ON outbox (app, subject, place);

CREATE INDEX outbox_updated ON outbox (updated) WHERE state IN ('delivered', 'failed');

CREATE INDEX request_app ON request (app) WHERE app <> 0;

CREATE INDEX request_asset ON request (asset) WHERE asset <> 0;

CREATE INDEX request_business ON request (business, id);

CREATE INDEX request_decided ON request (decided) WHERE state <> 'pending';

CREATE INDEX request_email ON request (email) WHERE email <> '';

CREATE INDEX request_expires ON request (expires) WHERE state = 'pending';

CREATE UNIQUE INDEX request_pending ON request (kind, business, app, asset, email) WHERE state = 'pending';

CREATE UNIQUE INDEX request_secret ON request (secret) WHERE secret <> '';

CREATE INDEX second_factor_person ON second_factor (person);

CREATE INDEX session_expires ON session (expires);

CREATE INDEX session_person ON session (person);

CREATE INDEX share_business ON share (business, asset);

CREATE INDEX share_kind ON share (business, kind, asset, owner) WHERE tasks <> '';

CREATE INDEX share_name ON share (business, kind, lower(name), asset, tasks);

CREATE INDEX share_owner ON share (owner, business, asset);

CREATE INDEX sign_up_email ON sign_up (email);

CREATE INDEX sign_up_expires ON sign_up (expires);

CREATE INDEX system_user_business ON system_user (business, id);

CREATE UNIQUE INDEX system_user_integration ON system_user (business, app) WHERE app <> 0 AND deleted = 0;

CREATE INDEX token_app ON token (app, made_app) WHERE kind = 'app';

CREATE UNIQUE INDEX token_child ON token (parent, shape) WHERE parent <> 0 AND expires = 0 AND revoked = 0;

CREATE INDEX token_code ON token (code) WHERE code <> '';

CREATE INDEX token_expires ON token (expires) WHERE expires <> 0;

CREATE INDEX token_family ON token (access_grant, revoked, parent, shape);

CREATE INDEX token_page ON token (page) WHERE kind = 'page' AND revoked = 0;

CREATE INDEX token_parent ON token (parent) WHERE parent <> 0;

CREATE INDEX token_revoked ON token (revoked) WHERE revoked <> 0;

CREATE INDEX token_system_user ON token (system_user, app) WHERE kind = 'system_user';
