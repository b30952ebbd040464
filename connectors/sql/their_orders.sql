-- Room for the orders of somebody else's list, one row each; gone with the transaction.
CREATE TEMPORARY TABLE their_order (number text COLLATE "C" PRIMARY KEY, amount numeric(14, 2) NOT NULL) ON COMMIT DROP;
