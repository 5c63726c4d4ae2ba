INSERT INTO {live} ({columns})
SELECT {columns} FROM {staging} s
 WHERE NOT EXISTS (SELECT FROM {live} l WHERE {matches})
