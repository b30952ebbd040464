-- Put the next %(most)s orders after number %(after)s into touched_order. The row is the last one's number. Index: order_once.
INSERT INTO touched_order
SELECT number FROM fans_order WHERE project_id = %(project)s AND number > %(after)s ORDER BY number LIMIT %(most)s;

SELECT max(number) FROM touched_order
