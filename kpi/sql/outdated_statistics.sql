-- Tables of facts and flows that changed by more than a tenth, and by some thousands of rows, since they were last
-- analysed. A row: a table of the schema given.
SELECT relname
FROM pg_stat_user_tables
WHERE
    schemaname = %(schema)s
    AND relname IN (
        'fans_fan', 'fans_member', 'fans_presence', 'fans_holding', 'fans_event', 'fans_order', 'fans_refund',
        'kpi_dayflow'
    )
    AND n_mod_since_analyze > 5000 + n_live_tup / 10
ORDER BY relname
