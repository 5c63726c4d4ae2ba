-- What people say of themselves: an address that is still to be confirmed, and what they log in with.
SET LOCAL ROLE identity_owner;

ALTER TABLE identity.members
  ADD COLUMN email_verified_at timestamptz,
  ADD COLUMN new_username text CHECK (new_username = lower(new_username));
ALTER TABLE identity.sessions ADD COLUMN user_agent text CHECK (length(user_agent) <= 200);
CREATE INDEX sessions_over ON identity.sessions (least(ended_at, expires_at));
