-- What analysts are let in as; a role of the whole server, like those of 0001.
DO $$
BEGIN
  IF to_regrole('tallybook_analyst') IS NULL THEN
    CREATE ROLE tallybook_analyst NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
