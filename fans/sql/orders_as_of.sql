-- The orders in new_order under the name of the table, until the transaction ends.
CREATE TEMPORARY VIEW fans_order AS SELECT %(project)s::bigint AS project_id, n.* FROM new_order AS n
