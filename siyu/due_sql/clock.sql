-- Now, for all machines.
SELECT clock_timestamp()
