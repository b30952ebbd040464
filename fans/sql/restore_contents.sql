-- Give the versions staged in chunk_restored the content of the earlier version they restore, personal data included.
-- A row is a version. Index: primary keys.
ANALYZE chunk_restored;

UPDATE fans_event e SET
    source = o.source, at = o.at, day = o.day, fan_id = o.fan_id, account_id = o.account_id, from_given = o.from_given,
    from_account_id = o.from_account_id, channel_id = o.channel_id, tie = o.tie, group_code = o.group_code,
    opening = o.opening, referrer = o.referrer, koc_post = o.koc_post, by = o.by, cause = o.cause, inbound = o.inbound,
    score = o.score, order_number = o.order_number, amount = o.amount, platform = o.platform, dual = o.dual,
    proof = o.proof, stage = o.stage, reached = o.reached, phone_index = o.phone_index, extra = o.extra
FROM chunk_restored r JOIN fans_event o ON o.id = r.restores
WHERE e.id = r.id;

INSERT INTO fans_contact (event_id, fan_id, name, phone_sealed, unionid)
SELECT r.id, c.fan_id, c.name, c.phone_sealed, c.unionid
FROM chunk_restored r JOIN fans_contact c ON c.event_id = r.restores
