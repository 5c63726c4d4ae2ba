-- Mails to be sent. Their texts hold tokens, so address, subject and text are there only for as long as the mail waits,
-- and the row for no longer than the token is good for.
SET LOCAL ROLE identity_owner;

CREATE TABLE identity.mails (
  id              uuid        PRIMARY KEY,  -- of its Message-ID too
  organization_id uuid        NOT NULL,
  recipient       text,
  subject         text,
  text            text,
  made_at         timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  due_at          timestamptz,              -- null: there is nothing more to do; later while somebody sends it
  attempts        integer     NOT NULL DEFAULT 0,
  last_error      text        COLLATE "C",  -- its class and the server's code, never its text
  sent_at         timestamptz,
  CONSTRAINT mails_forget_their_content CHECK (num_nulls(due_at, recipient, subject, text) IN (0, 4)),
  CONSTRAINT mails_sent_are_done CHECK (sent_at IS NULL OR due_at IS NULL)
);
CREATE INDEX mails_due ON identity.mails (due_at) WHERE sent_at IS NULL;  -- those given up too, for they are counted
CREATE INDEX mails_expires_at ON identity.mails (expires_at);
