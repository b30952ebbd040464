-- A Fan row for every code staged in chunk_fan that has none; then the id of each. A row is a fan. Index: unique code.
ANALYZE chunk_fan;

INSERT INTO fans_fan (code, created_at)
SELECT c.code, now() FROM chunk_fan c WHERE NOT EXISTS (SELECT FROM fans_fan f WHERE f.code = c.code);

SELECT f.code, f.id FROM chunk_fan c JOIN fans_fan f ON f.code = c.code
