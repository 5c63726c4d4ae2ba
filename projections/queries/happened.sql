-- name: levels
-- Stock entries with what they had by an instant: what is known now less what came or went later. An entry that
-- was removed since is there if it had anything. It stands in a query for read.stock_levels_v1.
(SELECT {columns}, e.on_hand - later.delta AS on_hand, e.quarantine - later.quarantine_delta AS quarantine
   FROM (SELECT l.*, false AS removed
           FROM (SELECT {all_columns} FROM read.stock_levels_v1 AS s WHERE organization = ${organization}) l
          UNION ALL
         SELECT g.*, true
           FROM (SELECT DISTINCT ON (id) {all_columns}
                   FROM read.stock_levels_v1_versions AS v
                  WHERE v.organization = ${organization} AND v.gone
                    AND NOT EXISTS (SELECT FROM read.stock_levels_v1 AS s
                                     WHERE s.organization = ${organization} AND s.id = v.id)
                  ORDER BY id, v.as_of DESC) g) e
  CROSS JOIN LATERAL (SELECT coalesce(sum(m.delta), 0.000) AS delta,
                             coalesce(sum(m.quarantine_delta), 0.000) AS quarantine_delta
                        FROM read.movements_v1 AS m
                       WHERE m.pool = e.id AND m.occurred_at > ${instant}) later
  WHERE NOT e.removed OR e.on_hand <> later.delta OR e.quarantine <> later.quarantine_delta)
