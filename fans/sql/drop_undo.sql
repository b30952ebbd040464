-- The end of an undo.
DROP TABLE undo_seq, undo_identity
