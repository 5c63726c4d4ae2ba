-- name: then
-- A temporal table as it was at a position, as one line that stands in a query for its name. A key that there
-- was then is there now or went later; columns that never change find it, whatever the query asks for by them.
(SELECT {found}, {kept}
   FROM (SELECT {fixed} FROM {table} WHERE organization = ${organization}
          UNION
         SELECT {fixed} FROM {versions}
          WHERE organization = ${organization} AND gone AND as_of > ${position}) key
  CROSS JOIN LATERAL (SELECT * FROM {versions} v
                       WHERE {matches} AND v.as_of <= ${position}
                       ORDER BY v.as_of DESC
                       LIMIT 1) kept
  WHERE NOT kept.gone)
