-- How many fans each account holds at %(now)s. A row is an account. Index: holding_open_once.
SELECT account_id, count(*)
FROM fans_holding
WHERE project_id = %(project)s AND begun_at <= %(now)s AND (ended_at IS NULL OR ended_at > %(now)s)
GROUP BY account_id
