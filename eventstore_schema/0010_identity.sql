-- People: names, addresses, password hashes and sessions, which can be erased and are therefore not in the log.
CREATE SCHEMA identity AUTHORIZATION identity_owner;
GRANT USAGE ON SCHEMA identity TO tallybook_app;

ALTER DEFAULT PRIVILEGES IN SCHEMA identity
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tallybook_app;
ALTER DEFAULT PRIVILEGES FOR ROLE identity_owner IN SCHEMA identity
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tallybook_app;
