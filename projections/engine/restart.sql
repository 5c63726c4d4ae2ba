-- All shards of a projection begin anew, as they share its table; whoever follows one is fenced.
UPDATE read.checkpoints
   SET position = 0, recorded_at = NULL, generation = generation + 1, updated_at = now()
 WHERE projection = '{id}';
DELETE FROM read.parked WHERE projection = '{id}';
TRUNCATE {tables}
