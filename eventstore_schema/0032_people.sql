-- Organizations, and what members may do, are in the log: of a person only what can be erased stays here.
DO $$
BEGIN
  IF EXISTS (SELECT FROM identity.organizations) THEN
    RAISE EXCEPTION 'this database is of an unreleased version, whose organizations are not in its log'
      USING HINT = 'Begin with an empty one.';
  END IF;
END $$;

SET LOCAL ROLE identity_owner;

ALTER TABLE identity.members
  DROP CONSTRAINT members_organization_id_fkey,
  DROP COLUMN roles,
  DROP COLUMN warehouses,
  DROP COLUMN active,
  ALTER COLUMN id DROP DEFAULT,
  ADD COLUMN registered_at timestamptz NOT NULL;
ALTER TABLE identity.analysts DROP CONSTRAINT analysts_organization_id_fkey;
DROP TABLE identity.organizations;

CREATE INDEX sessions_live ON identity.sessions (member_id) WHERE ended_at IS NULL;
DROP INDEX identity.sessions_of_member;
