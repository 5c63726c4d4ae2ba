-- A projection is followed in shards: shard k of N has the organizations whose id's low bits are k - 1.
SET LOCAL ROLE read_owner;

ALTER TABLE read.checkpoints
  ADD COLUMN shard      smallint NOT NULL DEFAULT 1,
  ADD COLUMN shards     smallint NOT NULL DEFAULT 1 CHECK (shards IN (1, 2, 4, 8, 16, 32, 64)),
  ADD COLUMN generation bigint   NOT NULL DEFAULT 0,  -- grows when rows change otherwise than by following the log
  ADD CHECK (shard BETWEEN 1 AND shards),
  DROP CONSTRAINT checkpoints_pkey,
  ADD PRIMARY KEY (projection, shard);

-- Which of N shards an organization belongs to; the last byte of an id is random in every version of ids.
CREATE FUNCTION read.shard(organization uuid, shards integer) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN 1 + (get_byte(uuid_send(organization), 15) & (shards - 1));

-- How far the projections have all come with an organization: its rows know this much of the log.
CREATE FUNCTION read.reached(projections text[], organization uuid) RETURNS bigint
LANGUAGE sql STABLE STRICT
RETURN (SELECT min(c.position) FROM read.checkpoints c
         WHERE c.projection = ANY (projections) AND c.shard = read.shard(organization, c.shards));
