-- States of grains. Each write gives its row a version that no row had before, so that one who knows a row that was deleted and made again does not take
-- it for the one he has read. The key is a hash, as an index can't hold names of any length.
CREATE SEQUENCE socketio_state_versions AS integer CYCLE;

CREATE TABLE socketio_states
(
    key bytea PRIMARY KEY,
    service_id text NOT NULL,
    state_name text NOT NULL,
    id text,
    version integer NOT NULL DEFAULT nextval('socketio_state_versions'),
    changed timestamptz NOT NULL DEFAULT now(),
    payload bytea
);

-- Two lengths make the text that is hashed another one for any other parts.
CREATE FUNCTION socketio_state_key(service_id text, state_name text, n0 bigint, n1 bigint, id text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(concat_ws('/', length(service_id), service_id, length(state_name), state_name, n0, n1, id), 'UTF8'))
$$;

-- The version that a write gives; the known one: nothing was written, as the row is another.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('WriteToStorageKey', $$
    WITH changed AS
    (
        UPDATE socketio_states SET payload = @PayloadBinary, version = nextval('socketio_state_versions'), changed = now()
        WHERE key = socketio_state_key(@ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString) AND version = @GrainStateVersion
        RETURNING version
    ),
    added AS
    (
        INSERT INTO socketio_states (key, service_id, state_name, id, payload)
        SELECT socketio_state_key(@ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString), @ServiceId, @GrainTypeString, @GrainIdExtensionString, @PayloadBinary
        WHERE @GrainStateVersion IS NULL
        ON CONFLICT (key) DO NOTHING
        RETURNING version
    ),
    written AS (SELECT version FROM changed UNION ALL SELECT version FROM added)
    SELECT version AS NewGrainStateVersion FROM written
    UNION ALL SELECT @GrainStateVersion WHERE NOT EXISTS (SELECT FROM written)
$$),
('ReadFromStorageKey', $$
    SELECT payload AS PayloadBinary, version AS Version FROM socketio_states
    WHERE key = socketio_state_key(@ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString)
$$),
('ClearStorageKey', $$
    WITH cleared AS
    (
        UPDATE socketio_states SET payload = NULL, version = nextval('socketio_state_versions'), changed = now()
        WHERE key = socketio_state_key(@ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString) AND version = @GrainStateVersion
        RETURNING version
    )
    SELECT version FROM cleared
    UNION ALL SELECT @GrainStateVersion WHERE NOT EXISTS (SELECT FROM cleared)
$$),
('DeleteStorageKey', $$
    WITH deleted AS
    (
        DELETE FROM socketio_states
        WHERE key = socketio_state_key(@ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString) AND version = @GrainStateVersion
        RETURNING version
    )
    SELECT version::bigint + 1 FROM deleted
    UNION ALL SELECT @GrainStateVersion WHERE NOT EXISTS (SELECT FROM deleted)
$$);
