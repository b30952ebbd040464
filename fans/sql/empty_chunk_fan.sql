-- Stage fan codes anew.
TRUNCATE chunk_fan
