-- The schema after all migrations. Rewritten by: make docs

CREATE TABLE access_grant (
    id                    BIGINT PRIMARY KEY,
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
);

CREATE TABLE app (
    id                BIGINT PRIMARY KEY,
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
);

CREATE TABLE app_access (
    app        BIGINT NOT NULL,
    permission TEXT NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (app, permission)
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

CREATE TABLE asset (
    id         BIGINT PRIMARY KEY,
    kind       TEXT NOT NULL,
    business   BIGINT NOT NULL,
    name       TEXT NOT NULL,
    attributes TEXT NOT NULL,
    created    BIGINT NOT NULL
);

CREATE TABLE assignment (
    asset   BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    tasks   TEXT NOT NULL,
    PRIMARY KEY (asset, subject)
);

CREATE TABLE business (
    id           BIGINT PRIMARY KEY,
    name         TEXT NOT NULL,
    generation   BIGINT NOT NULL,
    verification TEXT NOT NULL,
    vertical     TEXT NOT NULL,
    created_by   BIGINT NOT NULL,
    created      BIGINT NOT NULL
);

CREATE TABLE business_relation (
    parent BIGINT NOT NULL,
    child  BIGINT NOT NULL,
    kind   TEXT NOT NULL,
    PRIMARY KEY (parent, child)
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
    id      BIGINT PRIMARY KEY,
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

CREATE TABLE grant_asset (
    access_grant BIGINT NOT NULL,
    asset        BIGINT NOT NULL,
    PRIMARY KEY (access_grant, asset)
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
    id       BIGINT PRIMARY KEY,
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
    id   BIGINT PRIMARY KEY,
    kind TEXT NOT NULL
);

CREATE TABLE person (
    id         BIGINT PRIMARY KEY,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL UNIQUE,
    password   TEXT NOT NULL,
    generation BIGINT NOT NULL,
    staff      BOOLEAN NOT NULL,
    created    BIGINT NOT NULL
);

CREATE TABLE revision (
    one    BIGINT PRIMARY KEY,
    number BIGINT NOT NULL
);

CREATE TABLE scoped_id (
    id      BIGINT PRIMARY KEY,
    app     BIGINT NOT NULL,
    subject BIGINT NOT NULL,
    UNIQUE (app, subject)
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
);

CREATE TABLE share (
    asset    BIGINT NOT NULL,
    business BIGINT NOT NULL,
    tasks    TEXT NOT NULL,
    PRIMARY KEY (asset, business)
);

CREATE TABLE system_user (
    id         BIGINT PRIMARY KEY,
    business   BIGINT NOT NULL,
    app        BIGINT NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    generation BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    deleted    BIGINT NOT NULL
);

CREATE TABLE throttle (
    subject  TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    updated  BIGINT NOT NULL
);

CREATE TABLE token (
    id              BIGINT PRIMARY KEY,
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
);

CREATE INDEX access_grant_app ON access_grant (app, id);

CREATE UNIQUE INDEX access_grant_business ON access_grant (business, app, configuration) WHERE business <> 0 AND revoked = 0;

CREATE UNIQUE INDEX access_grant_person ON access_grant (person, app) WHERE person <> 0 AND revoked = 0;

CREATE INDEX app_business ON app (business);

CREATE INDEX app_role_subject ON app_role (subject, app);

CREATE INDEX asset_business ON asset (business, kind, id);

CREATE INDEX assignment_subject ON assignment (subject, asset);

CREATE INDEX code_expires ON code (expires);

CREATE INDEX configuration_app ON configuration (app, id);

CREATE INDEX grant_asset_asset ON grant_asset (asset);

CREATE INDEX journal_app ON journal (app, at);

CREATE INDEX journal_business ON journal (business, at);

CREATE INDEX login_expires ON login (expires);

CREATE INDEX member_person ON member (person, business);

CREATE INDEX session_expires ON session (expires);

CREATE INDEX session_person ON session (person);

CREATE INDEX share_business ON share (business, asset);

CREATE INDEX system_user_business ON system_user (business, id);

CREATE UNIQUE INDEX system_user_integration ON system_user (business, app) WHERE app <> 0 AND deleted = 0;

CREATE INDEX token_app ON token (app, made_app) WHERE kind = 'app';

CREATE UNIQUE INDEX token_child ON token (parent, shape) WHERE parent <> 0 AND expires = 0 AND revoked = 0;

CREATE INDEX token_code ON token (code) WHERE code <> '';

CREATE INDEX token_expires ON token (expires) WHERE expires <> 0;

CREATE INDEX token_grant ON token (access_grant, id);

CREATE INDEX token_parent ON token (parent, shape) WHERE parent <> 0;
