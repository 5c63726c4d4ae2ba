-- How far the projections have come with an organization, as of a position that they may have passed.
SET LOCAL ROLE read_owner;

CREATE FUNCTION read.reached(as_of bigint, projections text[], organization uuid) RETURNS bigint
LANGUAGE sql STABLE
RETURN least(as_of, read.reached(projections, organization));
