-- Where a chunk is staged: temporary tables of this transaction, dropped by drop_staging.sql or with it.
-- varchar, not text: a row that fits a page needs no TOAST table, and most of the time goes into making tables.
CREATE TEMPORARY TABLE chunk_identity (kind smallint, key varchar(160) COLLATE "C") ON COMMIT DROP;
CREATE TEMPORARY TABLE chunk_fan (code varchar(128) COLLATE "C") ON COMMIT DROP;
CREATE TEMPORARY TABLE chunk_order (number varchar(128) COLLATE "C") ON COMMIT DROP;
CREATE TEMPORARY TABLE chunk_superseded (id bigint, superseded_by bigint) ON COMMIT DROP;
CREATE TEMPORARY TABLE chunk_restored (id bigint, restores bigint) ON COMMIT DROP;
CREATE TEMPORARY TABLE chunk_refund (event_id bigint, state varchar(20)) ON COMMIT DROP;

CREATE TEMPORARY TABLE touched_fan (fan_id bigint) ON COMMIT DROP;
CREATE TEMPORARY TABLE changed_fan (fan_id bigint) ON COMMIT DROP;
CREATE TEMPORARY TABLE touched_phone (phone_index bytea) ON COMMIT DROP;
CREATE TEMPORARY TABLE touched_order (number varchar(128) COLLATE "C") ON COMMIT DROP;
CREATE TEMPORARY TABLE changed_order (number varchar(128) COLLATE "C") ON COMMIT DROP;
CREATE TEMPORARY TABLE touched_day (day date) ON COMMIT DROP;

CREATE TEMPORARY TABLE new_member (
    fan_id bigint, known_at timestamptz, first_added_at timestamptz, first_added_day date, channel_id bigint,
    opening boolean, koc_post varchar(128), referrer varchar(128), first_lost_at timestamptz, account_id bigint, credited_at timestamptz
) ON COMMIT DROP;
CREATE TEMPORARY TABLE new_tie (
    fan_id bigint, kind smallint, account_id bigint, group_code varchar(128), opened_at timestamptz, closed_at timestamptz
) ON COMMIT DROP;
CREATE TEMPORARY TABLE new_presence (
    fan_id bigint, number int, begun_at timestamptz, begun_day date, ended_at timestamptz, ended_day date,
    before_ended_day date, after_begun_day date, account_id bigint, credited_at timestamptz, channel_id bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE new_holding (
    fan_id bigint, number int, account_id bigint, begun_at timestamptz, begun_day date, ended_at timestamptz,
    ended_day date, channel_id bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE new_order (
    number varchar(128) COLLATE "C", event_id bigint, at timestamptz, day date, amount numeric(14, 2), named_fan_id bigint,
    phone_index bytea, platform varchar(128), dual boolean, proof varchar(10), fan_id bigint, state varchar(20), account_id bigint, channel_id bigint
) ON COMMIT DROP;
