"""The one-command ground: PostgreSQL, Valkey, web, worker and beat of one SIYU_HOME, started and stopped together."""
