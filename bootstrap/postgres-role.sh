#!/bin/sh
# Runs once, inside the postgres image, when its data folder is made: the role that siyu signs in with.
# No superuser; it owns its database and may make the brands' roles and become them. siyu/embedded/postgres.py does the same.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password SIYU_DATABASE_PASSWORD
CREATE ROLE siyu LOGIN CREATEDB CREATEROLE PASSWORD :'password';
ALTER ROLE siyu SET createrole_self_grant = 'set, inherit';
CREATE DATABASE siyu OWNER siyu;
SQL
