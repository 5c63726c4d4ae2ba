-- Who people are and how they log in. The log knows them by id only, so a row here can be erased and history stays.
SET LOCAL ROLE identity_owner;

CREATE TABLE identity.organizations (
  id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name     text NOT NULL UNIQUE,
  type     text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}'  -- only what differs from the defaults
);

CREATE TABLE identity.members (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES identity.organizations,
  name            text NOT NULL,
  username        text UNIQUE CHECK (username = lower(username)),  -- over all organizations: log-in names none
  password_hash   text,  -- argon2id; a member without one cannot log in
  roles           text[] NOT NULL DEFAULT '{}',
  warehouses      uuid[] NOT NULL DEFAULT '{}',  -- his own, first choice first
  active          boolean NOT NULL DEFAULT true
);
CREATE INDEX members_of_organization ON identity.members (organization_id);

-- A refresh token is signed and names its session and its generation: nothing here lets a reader make one.
CREATE TABLE identity.sessions (
  id         uuid PRIMARY KEY,
  member_id  uuid NOT NULL REFERENCES identity.members ON DELETE CASCADE,
  started_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,  -- absolute: a rotation does not move it
  generation integer NOT NULL DEFAULT 1,
  rotated_at timestamptz NOT NULL,
  ended_at   timestamptz,
  end_reason text CHECK ((end_reason IS NULL) = (ended_at IS NULL))
);
CREATE INDEX sessions_of_member ON identity.sessions (member_id);
