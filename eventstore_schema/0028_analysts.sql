-- Analysts ask the read models in SQL of their own: a log-in role each, and row security that shows it one organization.
SET LOCAL ROLE identity_owner;

CREATE TABLE identity.analysts (
  role            name PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES identity.organizations
);
REVOKE ALL ON identity.analysts FROM tallybook_app;

-- Whose rows the analyst sees who logged in; nothing that he can set decides it.
CREATE FUNCTION identity.analyst_organization() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT organization_id FROM identity.analysts WHERE role = session_user;
END;

REVOKE ALL ON FUNCTION identity.analyst_organization() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.analyst_organization() TO tallybook_analyst;
GRANT USAGE ON SCHEMA identity TO tallybook_analyst;

RESET ROLE;
GRANT USAGE ON SCHEMA read TO tallybook_analyst;
