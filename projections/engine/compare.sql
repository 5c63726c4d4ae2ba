SELECT count(*) FILTER (WHERE l."{key}" IS NULL) AS missing,
       count(*) FILTER (WHERE s."{key}" IS NULL) AS surplus,
       count(*) FILTER (WHERE l."{key}" IS NOT NULL AND s."{key}" IS NOT NULL) AS wrong
  FROM {staging} s
  FULL JOIN {live} l ON {matches}
 WHERE l."{key}" IS NULL OR s."{key}" IS NULL OR ROW({staged_row}) IS DISTINCT FROM ROW({live_row})
