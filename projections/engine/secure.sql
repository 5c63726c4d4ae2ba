-- The application sees every row, an analyst those of his organization, and nobody else any.
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY application ON {table} TO tallybook_app USING (true) WITH CHECK (true);
CREATE POLICY analyst ON {table} FOR SELECT TO tallybook_analyst
  USING (organization = (SELECT identity.analyst_organization()));
GRANT SELECT ON {table} TO tallybook_analyst;
