-- Silos, and a version of each cluster. Every change of the list counts the version up in the same statement, and is made by who knows the version before:
-- of two at once, the second waits for the first's row lock, sees another version, and changes nothing.
CREATE TABLE socketio_clusters
(
    cluster_id text PRIMARY KEY,
    version integer NOT NULL DEFAULT 0
);

CREATE TABLE socketio_silos
(
    cluster_id text NOT NULL REFERENCES socketio_clusters ON DELETE CASCADE,
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,
    silo_name text NOT NULL,
    host_name text NOT NULL,
    status integer NOT NULL,
    client_port integer NOT NULL,
    suspicions text,
    started timestamptz NOT NULL,
    alive timestamptz NOT NULL,
    PRIMARY KEY (cluster_id, address, port, generation)
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', $$
    WITH added AS (INSERT INTO socketio_clusters (cluster_id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT FROM added)
$$),
('InsertMembershipKey', $$
    WITH turn AS
    (
        UPDATE socketio_clusters SET version = version + 1
        WHERE cluster_id = @DeploymentId AND version = @Version
        AND NOT EXISTS (SELECT FROM socketio_silos s WHERE s.cluster_id = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING cluster_id
    ),
    added AS
    (
        INSERT INTO socketio_silos (cluster_id, address, port, generation, silo_name, host_name, status, client_port, started, alive)
        SELECT cluster_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM turn
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM added)
$$),
('UpdateMembershipKey', $$
    WITH turn AS
    (
        UPDATE socketio_clusters SET version = version + 1
        WHERE cluster_id = @DeploymentId AND version = @Version
        AND EXISTS (SELECT FROM socketio_silos s WHERE s.cluster_id = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING cluster_id
    ),
    changed AS
    (
        UPDATE socketio_silos s SET status = @Status, suspicions = @SuspectTimes, alive = @IAmAliveTime
        FROM turn
        WHERE s.cluster_id = turn.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
        RETURNING 1
    )
    SELECT EXISTS (SELECT FROM changed)
$$),
('UpdateIAmAlivetimeKey', $$
    UPDATE socketio_silos SET alive = @IAmAliveTime
    WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$$),
('MembershipReadRowKey', $$
    SELECT c.version AS Version, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName, s.host_name AS HostName,
        s.status AS Status, s.client_port AS ProxyPort, s.suspicions AS SuspectTimes, s.started AS StartTime, s.alive AS IAmAliveTime
    FROM socketio_clusters c
    LEFT JOIN socketio_silos s ON s.cluster_id = c.cluster_id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE c.cluster_id = @DeploymentId
$$),
('MembershipReadAllKey', $$
    SELECT c.version AS Version, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName, s.host_name AS HostName,
        s.status AS Status, s.client_port AS ProxyPort, s.suspicions AS SuspectTimes, s.started AS StartTime, s.alive AS IAmAliveTime
    FROM socketio_clusters c
    LEFT JOIN socketio_silos s ON s.cluster_id = c.cluster_id
    WHERE c.cluster_id = @DeploymentId
$$),
('GatewaysQueryKey', $$
    SELECT address AS Address, client_port AS ProxyPort, generation AS Generation
    FROM socketio_silos
    WHERE cluster_id = @DeploymentId AND status = @Status AND client_port > 0
$$),
('DeleteMembershipTableEntriesKey', $$
    DELETE FROM socketio_clusters WHERE cluster_id = @DeploymentId
$$),
-- 6 is Orleans' SiloStatus.Dead.
('CleanupDefunctSiloEntriesKey', $$
    DELETE FROM socketio_silos WHERE cluster_id = @DeploymentId AND status = 6 AND alive < @IAmAliveTime
$$);
