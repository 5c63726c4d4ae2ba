DELETE FROM {live} l
 WHERE NOT EXISTS (SELECT FROM {staging} s
                    WHERE {matches} AND ROW({staged_row}) IS NOT DISTINCT FROM ROW({live_row}))
