-- +goose Up
-- Which apps are told of an asset's data: what stands on the asset's list beside the
-- app's own subscription.
CREATE TABLE subscribed_app (
    asset    BIGINT NOT NULL,
    app      BIGINT NOT NULL,
    business BIGINT NOT NULL, -- through which the app came to the asset; 0: through a person
    fields   TEXT NOT NULL,   -- JSON; empty: all of them
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    PRIMARY KEY (asset, app)
);
CREATE INDEX subscribed_app_app ON subscribed_app (app, asset);
CREATE INDEX subscription_object ON subscription (object, app);

-- What a message about data tells of: before it is sent, it is asked whether the app
-- may still read it.
ALTER TABLE outbox ADD COLUMN asset BIGINT NOT NULL DEFAULT 0; -- 0: it is not about data
ALTER TABLE outbox ADD COLUMN data TEXT NOT NULL DEFAULT '';   -- the type
