-- Charging, complete: the catalogue of fee items, fee lines that come from elsewhere, the sources they are pulled from,
-- disputes of payments, and the settlement entity that is not the collecting one.
-- Amounts are minor units. Documents are written by the transaction that posts their entries, under the log's lock.

-- ---------------------------------------------------------------------------------------------------------------------
-- Fee items

-- A version never changes; `version` counts those of one code, and the last one is in force.
CREATE TABLE fee_item (
    platform_id bigint NOT NULL REFERENCES platform,
    sequence bigint NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    is_reversible boolean NOT NULL,
    code text NOT NULL CHECK (length(code) BETWEEN 1 AND 200),
    content text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    PRIMARY KEY (platform_id, code, version)
);

CREATE TRIGGER fee_item_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fee_item
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------------------------------------------------------------
-- Fee lines that were made elsewhere

-- What is computed here is not kept twice: it stands in the metadata of its entries. `sequence` is the place of the
-- line's event in the log, `entry` that of its entry; a line that is only compared has none. `reverses` names the line
-- that this one takes back; the `reversed_` figures are what was taken back so far. Texts that nobody gave are empty.
CREATE TABLE fee_line (
    platform_id bigint NOT NULL REFERENCES platform,
    sequence bigint NOT NULL CHECK (sequence > 0),
    entry bigint,
    book_id bigint NOT NULL,
    party_id bigint NOT NULL,
    base_minor bigint CHECK (base_minor > 0),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    tax_minor bigint NOT NULL CHECK (tax_minor BETWEEN 0 AND amount_minor),
    reversed_minor bigint NOT NULL,
    reversed_base_minor bigint NOT NULL,
    reversed_tax_minor bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    item_version integer NOT NULL,
    compare_only boolean NOT NULL,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    item text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('CREDIT', 'CHARGE')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    account_code text NOT NULL,
    rate text NOT NULL,
    exact text NOT NULL,
    source text NOT NULL CHECK (source IN ('SUBMITTED', 'PASSED_THROUGH', 'PULLED')),
    reverses text,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    spu text NOT NULL,
    sku text NOT NULL,
    sku_kind text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    CONSTRAINT fee_line_counts_once PRIMARY KEY (platform_id, reference),
    CONSTRAINT fee_line_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT fee_line_follows_the_catalogue FOREIGN KEY (platform_id, item, item_version)
    REFERENCES fee_item (platform_id, code, version),
    CONSTRAINT fee_line_reverses_a_line FOREIGN KEY (platform_id, reverses)
    REFERENCES fee_line (platform_id, reference),
    CONSTRAINT fee_line_is_booked_or_compared CHECK (compare_only = (entry IS NULL)),
    CONSTRAINT fee_line_reversed_at_most_once CHECK (
        reversed_minor BETWEEN 0 AND amount_minor AND reversed_tax_minor BETWEEN 0 AND tax_minor
        AND reversed_minor - reversed_tax_minor BETWEEN 0 AND amount_minor - tax_minor
        AND reversed_base_minor BETWEEN 0 AND coalesce(base_minor, 0)
    ),
    CONSTRAINT reversal_is_not_reversed CHECK (reverses IS NULL OR reversed_minor = 0)
) WITH (fillfactor = 90);

-- Serves the list of fee lines, newest first. (The condition: see order_head_by_sequence.)
CREATE UNIQUE INDEX fee_line_by_sequence ON fee_line (platform_id, sequence) WHERE sequence > 0;
-- Serves the lines of a party, which says "party_id > 0" for the same reason.
CREATE INDEX fee_line_by_party ON fee_line (platform_id, party_id, sequence) WHERE party_id > 0;
-- Serves the lines of an order, and the comparison with what was computed here.
CREATE INDEX fee_line_by_order ON fee_line (platform_id, order_reference, line_reference, item)
WHERE order_reference <> '';
-- Serves the law below.
CREATE INDEX fee_line_by_reversed ON fee_line (platform_id, reverses) WHERE reverses IS NOT NULL;

-- Law: a line is taken back by lines of its own party, entity, currency and item, only where the item allows it, and
-- its figures say how much.
CREATE FUNCTION check_fee_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.reference INTO broken
    FROM (
        SELECT fresh.platform_id, coalesce(fresh.reverses, fresh.reference) AS reference FROM fresh
        WHERE fresh.reverses IS NOT NULL OR fresh.reversed_minor > 0
    ) AS f
    LEFT JOIN LATERAL (
        SELECT o.* FROM fee_line AS o
        WHERE o.platform_id = f.platform_id AND o.reference = f.reference LIMIT 1
    ) AS original ON true
    LEFT JOIN LATERAL (
        SELECT i.is_reversible FROM fee_item AS i
        WHERE i.platform_id = f.platform_id AND i.code = original.item AND i.version = original.item_version LIMIT 1
    ) AS item ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(b.amount_minor), 0) AS amount, coalesce(sum(b.tax_minor), 0) AS tax,
            bool_and(
                (b.book_id, b.party_id, b.currency, b.item, b.item_version, b.account_code, b.compare_only)
                IS NOT DISTINCT FROM (
                    original.book_id, original.party_id, original.currency, original.item, original.item_version,
                    original.account_code, original.compare_only
                ) AND b.direction <> original.direction
            ) AS alike
        FROM fee_line AS b WHERE b.platform_id = f.platform_id AND b.reverses = f.reference
    ) AS back ON true
    WHERE NOT coalesce(
        item.is_reversible AND back.alike AND original.reverses IS NULL
        AND back.amount = original.reversed_minor AND back.tax = original.reversed_tax_minor, false
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'FEE_LINE_REVERSED_WRONGLY: what was taken back of fee line % is not what its reversals say',
            broken.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER fee_lines_are_reversed_soundly AFTER INSERT ON fee_line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_fee_lines();
CREATE TRIGGER fee_lines_stay_reversed_soundly AFTER UPDATE ON fee_line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_fee_lines();

-- Law: a fee line is never changed; only what was taken back of it grows.
CREATE FUNCTION refuse_fee_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'FEE_LINE_IS_FINAL: fee line % keeps what it was posted with', old.reference
    USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER fee_line_keeps_what_it_says BEFORE UPDATE ON fee_line
FOR EACH ROW WHEN (
    (
        to_jsonb(new) - 'reversed_minor' - 'reversed_base_minor' - 'reversed_tax_minor'
        <> to_jsonb(old) - 'reversed_minor' - 'reversed_base_minor' - 'reversed_tax_minor'
    ) OR new.reversed_minor < old.reversed_minor
) EXECUTE FUNCTION refuse_fee_line_change();

-- ---------------------------------------------------------------------------------------------------------------------
-- Sources that fee lines are pulled from

-- `cursor` is the watermark: it moves in the transaction that posts the page before it. Credentials are in the
-- environment; only the variable's name is here.
CREATE TABLE charging_source (
    platform_id bigint NOT NULL REFERENCES platform,
    interval_seconds integer NOT NULL CHECK (interval_seconds > 0),
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    pulled_lines bigint NOT NULL DEFAULT 0,
    next_pull_at timestamptz NOT NULL,
    pulled_at timestamptz,
    is_active boolean NOT NULL DEFAULT TRUE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    url text NOT NULL CHECK (url ~ '^https?://'),
    credential_variable text NOT NULL,
    cursor text NOT NULL DEFAULT '',
    last_error text NOT NULL DEFAULT '',
    PRIMARY KEY (platform_id, name)
) WITH (fillfactor = 50);

-- Lines of a source that were refused. The watermark has passed them, so they are kept whole and tried again.
CREATE TABLE source_refusal (
    platform_id bigint NOT NULL,
    refusal bigint GENERATED ALWAYS AS IDENTITY,
    refused_at timestamptz NOT NULL,
    resolved_at timestamptz,
    source text NOT NULL,
    document text NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (platform_id, refusal),
    CONSTRAINT refusal_is_kept_once UNIQUE (platform_id, source, digest),
    CONSTRAINT refusal_is_of_a_source FOREIGN KEY (platform_id, source) REFERENCES charging_source (platform_id, name)
) WITH (fillfactor = 80);

-- Serves the work list, and the next attempt.
CREATE INDEX source_refusal_open ON source_refusal (platform_id, source, refusal) WHERE resolved_at IS NULL;

-- ---------------------------------------------------------------------------------------------------------------------
-- Disputes of payments

-- open_minor is what the dispute has in 1130: all of it while it is open, nothing once it is decided.
CREATE TABLE order_dispute (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    fee_minor bigint NOT NULL CHECK (fee_minor >= 0),
    open_minor bigint NOT NULL,
    dispute_reference text NOT NULL CHECK (length(dispute_reference) BETWEEN 1 AND 200),
    order_reference text NOT NULL,
    status text NOT NULL CHECK (status IN ('NOTIFIED', 'WON', 'LOST')),
    liability text NOT NULL CHECK (liability IN ('', 'PLATFORM', 'SPLIT')),
    CONSTRAINT dispute_is_unique PRIMARY KEY (platform_id, dispute_reference),
    CONSTRAINT dispute_belongs_to_an_order FOREIGN KEY (platform_id, order_reference)
    REFERENCES order_head (platform_id, reference),
    CONSTRAINT lost_dispute_has_a_bearer CHECK ((status = 'LOST') = (liability <> '')),
    CONSTRAINT dispute_has_open_what_is_undecided CHECK (
        open_minor = CASE status WHEN 'NOTIFIED' THEN amount_minor ELSE 0 END
    )
) WITH (fillfactor = 80);

-- Serves the disputes of an order.
CREATE INDEX order_dispute_by_order ON order_dispute (platform_id, order_reference, dispute_reference);

-- What a dispute takes of each line. reserved_minor is what nobody else may take back: all of it while the dispute is
-- open, and after it was lost at the platform's cost.
CREATE TABLE order_dispute_line (
    platform_id bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reserved_minor bigint NOT NULL,
    dispute_reference text NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    PRIMARY KEY (platform_id, dispute_reference, line_reference),
    CONSTRAINT dispute_line_belongs_to_a_dispute FOREIGN KEY (platform_id, dispute_reference)
    REFERENCES order_dispute (platform_id, dispute_reference),
    CONSTRAINT dispute_line_names_a_line FOREIGN KEY (platform_id, order_reference, line_reference)
    REFERENCES order_line (platform_id, order_reference, line_reference),
    CONSTRAINT dispute_reserves_all_or_nothing CHECK (reserved_minor IN (0, amount_minor))
) WITH (fillfactor = 80);

-- Serves the law below.
CREATE INDEX order_dispute_line_by_line ON order_dispute_line (platform_id, order_reference, line_reference);

ALTER TABLE order_line ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE order_line ADD CONSTRAINT what_is_disputed_is_left CHECK (
    disputed_minor BETWEEN 0 AND goods_minor - refunded_goods_minor
    - platform_discount_minor + refunded_platform_discount_minor
    - merchant_discount_minor + refunded_merchant_discount_minor + delivery_minor - refunded_delivery_minor
);

-- settling_book_id is the legal entity that owes the parties where it is not the one that collects; settled_minor is
-- what the channel has paid out to the bank.
ALTER TABLE order_head ADD COLUMN settling_book_id bigint;
ALTER TABLE order_head ADD COLUMN settled_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE order_head ADD CONSTRAINT order_is_settled_forward CHECK (settled_minor >= 0);
ALTER TABLE order_head ADD CONSTRAINT order_is_settled_by_a_book FOREIGN KEY (platform_id, settling_book_id)
REFERENCES book (platform_id, book_id);
ALTER TABLE order_head ADD CONSTRAINT order_is_settled_by_another CHECK (settling_book_id <> book_id);

-- Law: the lines of a dispute add up to it, and each order line reserves what its disputes reserve.
CREATE FUNCTION check_dispute_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT f.dispute_reference INTO broken
    FROM (SELECT DISTINCT n.platform_id, n.dispute_reference FROM fresh AS n) AS f
    LEFT JOIN LATERAL (
        SELECT o.amount_minor, o.status, o.liability FROM order_dispute AS o
        WHERE o.platform_id = f.platform_id AND o.dispute_reference = f.dispute_reference LIMIT 1
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT sum(l.amount_minor) AS amount, sum(l.reserved_minor) AS reserved
        FROM order_dispute_line AS l
        WHERE l.platform_id = f.platform_id AND l.dispute_reference = f.dispute_reference
    ) AS s ON true
    WHERE d.amount_minor IS DISTINCT FROM s.amount OR s.reserved IS DISTINCT FROM CASE
        WHEN d.status = 'NOTIFIED' OR d.liability = 'PLATFORM' THEN d.amount_minor ELSE 0
    END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DISPUTE_UNEVEN: the lines of dispute % do not add up to it',
            broken.dispute_reference USING ERRCODE = 'check_violation';
    END IF;
    SELECT f.order_reference, f.line_reference INTO broken
    FROM (SELECT DISTINCT n.platform_id, n.order_reference, n.line_reference FROM fresh AS n) AS f
    LEFT JOIN LATERAL (
        SELECT o.disputed_minor FROM order_line AS o
        WHERE o.platform_id = f.platform_id AND o.order_reference = f.order_reference
            AND o.line_reference = f.line_reference
        LIMIT 1
    ) AS l ON true
    LEFT JOIN LATERAL (
        SELECT sum(d.reserved_minor) AS reserved FROM order_dispute_line AS d
        WHERE d.platform_id = f.platform_id AND d.order_reference = f.order_reference
            AND d.line_reference = f.line_reference
    ) AS s ON true
    WHERE l.disputed_minor IS DISTINCT FROM s.reserved
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'DISPUTE_UNRESERVED: line % of order % does not reserve what its disputes say',
            broken.line_reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER dispute_lines_add_up AFTER INSERT ON order_dispute_line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_dispute_lines();
CREATE TRIGGER dispute_lines_stay_even AFTER UPDATE ON order_dispute_line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_dispute_lines();

-- ---------------------------------------------------------------------------------------------------------------------
-- Orders whose channel can no longer split them

-- The channel let go of the money before the order succeeded: it is split here, and somebody has to bring the money in.
CREATE TABLE internal_split_task (
    platform_id bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    opened_at timestamptz NOT NULL,
    frozen_until timestamptz NOT NULL,
    done_at timestamptz,
    order_reference text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (platform_id, order_reference),
    CONSTRAINT task_is_of_an_order FOREIGN KEY (platform_id, order_reference)
    REFERENCES order_head (platform_id, reference)
);

-- Serves the work list.
CREATE INDEX internal_split_task_open ON internal_split_task (platform_id, opened_at, order_reference)
WHERE done_at IS NULL;

DO $$
DECLARE
    document text;
BEGIN
    FOREACH document IN ARRAY ARRAY[
        'fee_line', 'charging_source', 'source_refusal', 'order_dispute', 'order_dispute_line', 'internal_split_task'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            document || '_stays', document
        );
    END LOOP;
END;
$$;

CALL raise_wall(
    'fee_item', 'fee_line', 'charging_source', 'source_refusal', 'order_dispute', 'order_dispute_line',
    'internal_split_task'
);

-- Disputes and fee lines now own these codes. The owner meets his own walls, so they are lowered for a moment.
ALTER TABLE chart_account NO FORCE ROW LEVEL SECURITY;
UPDATE chart_account SET owned_by_document = TRUE
WHERE code IN ('1130', '2080');
ALTER TABLE chart_account FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT ON fee_item TO splitbook_app;
GRANT SELECT, INSERT, UPDATE ON fee_line, charging_source, source_refusal, order_dispute, order_dispute_line,
internal_split_task TO splitbook_app;

CALL describe_young_tables();
