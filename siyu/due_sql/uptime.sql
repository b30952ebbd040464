-- The instant since which work has been done without a pause, and the sign of life of now. A first start was no pause.
INSERT INTO siyu_uptime AS up (id, since, seen_at)
VALUES (1, '1970-01-01 00:00:00+00', clock_timestamp())
ON CONFLICT (id) DO UPDATE SET
    since = CASE
        WHEN clock_timestamp() - up.seen_at > %(pause)s OR up.seen_at - clock_timestamp() > interval '1 minute'
        THEN clock_timestamp()
        ELSE up.since
    END,
    seen_at = clock_timestamp()
WHERE up.seen_at < clock_timestamp() - interval '5 seconds' OR up.seen_at > clock_timestamp() + interval '1 minute';
SELECT since FROM siyu_uptime
