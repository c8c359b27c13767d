-- API keys: who may call, as whom, and what they may see. The secret itself is never stored.
CREATE TABLE api_key (
    platform_id bigint NOT NULL REFERENCES platform,
    key_id text NOT NULL CHECK (key_id ~ '^[0-9a-f]{16}$'),
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    role text NOT NULL CHECK (role IN ('OPERATOR', 'AUDITOR', 'PARTNER', 'PARTY')),
    actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 100),
    party_id bigint,
    created_at timestamptz NOT NULL,
    expires_at timestamptz CHECK (expires_at > created_at),
    revoked_at timestamptz,
    PRIMARY KEY (platform_id, key_id),
    -- A party's key sees its subtree, a partner's one subtree or everything; the other roles see everything.
    CONSTRAINT key_scope_fits_its_role CHECK (
        role = 'PARTNER' OR (role = 'PARTY' AND party_id IS NOT NULL)
        OR (role IN ('OPERATOR', 'AUDITOR') AND party_id IS NULL)
    ),
    CONSTRAINT key_party_exists FOREIGN KEY (platform_id, party_id) REFERENCES party (platform_id, party_id)
);

-- An actor is one person or program: two live keys must not act under one name. A revoked key gives its name back,
-- so that a person keeps the name when the key is replaced.
CREATE UNIQUE INDEX actor_has_one_live_key ON api_key (platform_id, actor) WHERE revoked_at IS NULL;

CALL raise_wall('api_key');

-- Keys are made and revoked; nothing else about them ever changes.
GRANT SELECT, INSERT, UPDATE (revoked_at) ON api_key TO splitbook_app;
