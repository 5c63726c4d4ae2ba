-- name: members
-- In the order of one column of identity.members, which {column} names. Who was erased has no name, also while it is still there.
SELECT *
  FROM (SELECT m.*, i.name, i.username, lower(coalesce(i.{column}, '')) AS sorted,
               CASE WHEN m.erased THEN 'erased'
                    WHEN NOT m.active THEN 'inactive'
                    WHEN m.invited_until IS NOT NULL THEN 'invited'
                    WHEN m.locked_until > $2 THEN 'locked'
                    ELSE 'active' END AS status
          FROM read.members_v1 m
          LEFT JOIN identity.members i ON i.id = m.id AND NOT m.erased
         WHERE m.organization = $1) known
 WHERE ($3 = '' OR strpos(lower(name), $3) > 0 OR strpos(username, $3) > 0)
   AND ($4::text IS NULL OR roles ? $4)
   AND CASE WHEN cardinality($5::text[]) = 0 THEN NOT erased ELSE status = ANY ($5) END
   AND ($6::text IS NULL OR warehouses ? $6)
   AND ($7::boolean IS NULL OR (username IS NOT NULL) = $7)
   AND ($8::text IS NULL OR (sorted, id) {beyond} ($8, $9::uuid))
 ORDER BY sorted {direction}, id {direction}
 LIMIT $10

-- name: member
SELECT m.*, i.name, i.username,
       CASE WHEN m.erased THEN 'erased'
            WHEN NOT m.active THEN 'inactive'
            WHEN m.invited_until IS NOT NULL THEN 'invited'
            WHEN m.locked_until > $2 THEN 'locked'
            ELSE 'active' END AS status
  FROM read.members_v1 m
  LEFT JOIN identity.members i ON i.id = m.id AND NOT m.erased
 WHERE m.organization = $1 AND m.id = $3
