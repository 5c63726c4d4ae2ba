SELECT relrowsecurity FROM pg_class WHERE oid = $1::text::regclass
