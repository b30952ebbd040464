-- The end of a chunk whose transaction goes on: the next one, maybe of another brand, stages anew.
DROP TABLE chunk_identity, chunk_fan, chunk_order, chunk_superseded, chunk_restored, chunk_refund, touched_fan, changed_fan, touched_phone,
    touched_order, changed_order, touched_day, new_member, new_tie, new_presence, new_holding, new_order;
