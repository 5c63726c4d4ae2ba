-- How often something was tried within a window of time, for all API processes together. A crash may forget it.
SET LOCAL ROLE identity_owner;

CREATE UNLOGGED TABLE identity.rate_limits (
  key   text        COLLATE "C",
  began timestamptz,
  hits  integer     NOT NULL,
  PRIMARY KEY (key, began)
);
CREATE INDEX rate_limits_began ON identity.rate_limits (began);
