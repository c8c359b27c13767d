-- Charging: fee plans, and orders with their lines, shares, refunds, events and suspense items.
-- Amounts are minor units of the order's currency. Documents are written by the transaction that posts their entries,
-- under the log's lock, all by one statement: the laws over several tables are checked at its end.

-- ---------------------------------------------------------------------------------------------------------------------
-- Fee plans

-- A version never changes; `version` counts what the platform published, so the last of two with one day wins.
CREATE TABLE fee_plan (
    platform_id bigint NOT NULL REFERENCES platform,
    version integer NOT NULL CHECK (version > 0),
    plan text NOT NULL CHECK (length(plan) BETWEEN 1 AND 200),
    valid_from date NOT NULL,
    content text NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    sequence bigint NOT NULL,
    -- Serves the versions that a process has not seen yet.
    PRIMARY KEY (platform_id, version),
    -- Serves the replay of a publication.
    CONSTRAINT fee_plan_is_published_once UNIQUE (platform_id, plan, valid_from)
);

CREATE TRIGGER fee_plan_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fee_plan
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ---------------------------------------------------------------------------------------------------------------------
-- Orders

-- held_minor is what the order has in 2000, frozen_minor what it has in 1100; fees and refunds may leave the latter
-- below zero until the payment is unfrozen. `sequence` is the place of its first event in the log.
CREATE TABLE order_head (
    platform_id bigint NOT NULL REFERENCES platform,
    sequence bigint NOT NULL CHECK (sequence > 0),
    book_id bigint NOT NULL,
    held_minor bigint NOT NULL,
    frozen_minor bigint NOT NULL,
    paid_at timestamptz NOT NULL,
    is_split boolean NOT NULL,
    is_unfrozen boolean NOT NULL,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    channel text NOT NULL,
    channel_transaction text NOT NULL,
    status text NOT NULL CHECK (
        status IN (
            'FROZEN', 'PARTIALLY_REFUNDED', 'REFUNDED', 'SPLIT_DONE', 'SPLIT_PARTIAL', 'FINISHED',
            'CLAWED_BACK_PARTIAL', 'CLAWED_BACK_FULL'
        )
    ),
    CONSTRAINT order_reference_is_unique PRIMARY KEY (platform_id, reference),
    CONSTRAINT order_belongs_to_a_book FOREIGN KEY (platform_id, book_id) REFERENCES book (platform_id, book_id),
    CONSTRAINT order_funds_are_not_overdrawn CHECK (held_minor >= 0),
    CONSTRAINT split_order_holds_nothing CHECK (NOT is_split OR held_minor = 0),
    CONSTRAINT unfrozen_order_has_nothing_frozen CHECK (NOT is_unfrozen OR frozen_minor = 0)
) WITH (fillfactor = 80);

-- Serves the list of orders, newest or oldest first, which says "sequence > 0". The condition keeps the planner from
-- using this index for a look-up by reference: on a table that was never analysed its prefix looks as good as the whole
-- key, and every foreign key check read all orders of the platform (140 us a check at 1,500 orders instead of 4).
CREATE UNIQUE INDEX order_head_by_sequence ON order_head (platform_id, sequence) WHERE sequence > 0;

-- Agent, chain, plan version and rates are frozen here when the line is paid. `chain` has one place per level of the
-- plan, null where the level is missing. `fee_*` is the channel's fee: charged and returned by the channel, recovered
-- from the merchant and passed back to him.
CREATE TABLE order_line (
    platform_id bigint NOT NULL,
    merchant_id bigint NOT NULL,
    agent_id bigint,
    goods_minor bigint NOT NULL CHECK (goods_minor > 0),
    delivery_minor bigint NOT NULL CHECK (delivery_minor >= 0),
    platform_discount_minor bigint NOT NULL CHECK (platform_discount_minor >= 0),
    merchant_discount_minor bigint NOT NULL CHECK (merchant_discount_minor >= 0),
    refunded_goods_minor bigint NOT NULL,
    refunded_delivery_minor bigint NOT NULL,
    refunded_platform_discount_minor bigint NOT NULL,
    refunded_merchant_discount_minor bigint NOT NULL,
    fee_charged_minor bigint NOT NULL,
    fee_returned_minor bigint NOT NULL,
    fee_recovered_minor bigint NOT NULL,
    fee_passed_back_minor bigint NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    plan_version integer NOT NULL,
    is_split boolean NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL CHECK (length(line_reference) BETWEEN 1 AND 200),
    sku text NOT NULL,
    category text NOT NULL,
    levels_born_by text NOT NULL CHECK (levels_born_by IN ('MERCHANT', 'PLATFORM')),
    chain bigint[] NOT NULL,
    rates text NOT NULL,
    CONSTRAINT line_is_unique_in_its_order PRIMARY KEY (platform_id, order_reference, line_reference),
    CONSTRAINT line_belongs_to_an_order FOREIGN KEY (platform_id, order_reference)
    REFERENCES order_head (platform_id, reference),
    CONSTRAINT line_follows_a_plan FOREIGN KEY (platform_id, plan_version) REFERENCES fee_plan (platform_id, version),
    CONSTRAINT discounts_are_within_goods CHECK (platform_discount_minor + merchant_discount_minor <= goods_minor),
    CONSTRAINT refunds_are_within_the_line CHECK (
        refunded_goods_minor BETWEEN 0 AND goods_minor
        AND refunded_delivery_minor BETWEEN 0 AND delivery_minor
        AND refunded_platform_discount_minor BETWEEN 0 AND platform_discount_minor
        AND refunded_merchant_discount_minor BETWEEN 0 AND merchant_discount_minor
        AND refunded_goods_minor - refunded_platform_discount_minor - refunded_merchant_discount_minor
        BETWEEN 0 AND goods_minor - platform_discount_minor - merchant_discount_minor
    ),
    CONSTRAINT channel_fee_returns_at_most_once CHECK (
        fee_charged_minor >= 0 AND fee_returned_minor BETWEEN 0 AND fee_charged_minor
    ),
    CONSTRAINT recovered_fee_is_passed_back_at_most_once CHECK (
        fee_recovered_minor >= 0 AND fee_passed_back_minor BETWEEN 0 AND fee_recovered_minor
    )
) WITH (fillfactor = 80);

-- What each receiver got of a split line, in rank order: merchant 0, platform 1, levels 2 to 4, agent 5. The platform's
-- share includes the tax inside it. A level or agent that the line does not have has no row. `stands` says where the
-- money is: with its party, in suspense, or given back to the merchant whose money was split.
CREATE TABLE order_share (
    platform_id bigint NOT NULL,
    party_id bigint,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    tax_minor bigint NOT NULL CHECK (tax_minor BETWEEN 0 AND amount_minor),
    returned_minor bigint NOT NULL,
    returned_tax_minor bigint NOT NULL,
    rank smallint NOT NULL CHECK (rank BETWEEN 0 AND 5),
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    account_code text NOT NULL,
    stands text NOT NULL CHECK (stands IN ('PARTY', 'SUSPENSE', 'SPLITTER')),
    PRIMARY KEY (platform_id, order_reference, line_reference, rank),
    CONSTRAINT share_is_of_its_rank CHECK (
        account_code = (ARRAY['2010', '4000', '2041', '2042', '2043', '2020'])[rank + 1]
        AND (party_id IS NULL) = (rank = 1) AND (rank = 1 OR tax_minor = 0)
    ),
    CONSTRAINT nobody_gives_back_more_than_he_got CHECK (
        returned_minor BETWEEN 0 AND amount_minor AND returned_tax_minor BETWEEN 0 AND tax_minor
        AND returned_minor - returned_tax_minor BETWEEN 0 AND amount_minor - tax_minor
    )
) WITH (fillfactor = 80);

-- owed_minor is what the refund has in 2070: all of it while it is open, nothing once it is paid or rejected.
CREATE TABLE order_refund (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    payable_minor bigint NOT NULL CHECK (payable_minor >= 0),
    owed_minor bigint NOT NULL,
    order_reference text NOT NULL,
    refund_reference text NOT NULL CHECK (length(refund_reference) BETWEEN 1 AND 200),
    status text NOT NULL CHECK (status IN ('OPEN', 'PAID', 'REJECTED')),
    reason text NOT NULL,
    CONSTRAINT refund_is_unique_in_its_order PRIMARY KEY (platform_id, order_reference, refund_reference),
    CONSTRAINT refund_belongs_to_an_order FOREIGN KEY (platform_id, order_reference)
    REFERENCES order_head (platform_id, reference),
    CONSTRAINT refund_owes_what_it_has_not_paid CHECK (
        owed_minor >= 0 AND owed_minor = CASE status WHEN 'OPEN' THEN payable_minor ELSE 0 END
    )
) WITH (fillfactor = 80);

-- What a refund took back of one line. The claw_back columns are null where the line was not split yet; `entry` is the
-- place of its REFUND entry in the log, null where nothing moved; suspended_ranks gave back out of suspense.
CREATE TABLE order_refund_line (
    platform_id bigint NOT NULL,
    entry bigint,
    goods_minor bigint NOT NULL CHECK (goods_minor >= 0),
    delivery_minor bigint NOT NULL CHECK (delivery_minor >= 0),
    cash_minor bigint NOT NULL CHECK (cash_minor >= 0),
    platform_discount_minor bigint NOT NULL CHECK (platform_discount_minor >= 0),
    merchant_discount_minor bigint NOT NULL CHECK (merchant_discount_minor >= 0),
    claw_back_merchant_minor bigint,
    claw_back_commission_minor bigint,
    claw_back_tax_minor bigint,
    claw_back_agent_minor bigint,
    order_reference text NOT NULL,
    refund_reference text NOT NULL,
    line_reference text NOT NULL,
    claw_back_levels_minor bigint[],
    suspended_ranks smallint[] NOT NULL,
    PRIMARY KEY (platform_id, order_reference, refund_reference, line_reference),
    CONSTRAINT refund_line_belongs_to_a_refund FOREIGN KEY (platform_id, order_reference, refund_reference)
    REFERENCES order_refund (platform_id, order_reference, refund_reference),
    CONSTRAINT refund_line_names_a_line FOREIGN KEY (platform_id, order_reference, line_reference)
    REFERENCES order_line (platform_id, order_reference, line_reference),
    CONSTRAINT refunded_goods_have_payers CHECK (
        goods_minor = cash_minor + platform_discount_minor + merchant_discount_minor
    )
);

-- The events that were accepted: an id counts once per platform, and only with what was said the first time. A payment
-- says how it came in; it is found again by that when the channel's file is reconciled.
CREATE TABLE order_event (
    platform_id bigint NOT NULL,
    sequence bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_id text NOT NULL CHECK (length(event_id) BETWEEN 1 AND 200),
    order_reference text NOT NULL,
    kind text NOT NULL,
    channel text,
    channel_transaction text,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    CONSTRAINT event_counts_once PRIMARY KEY (platform_id, event_id)
);

CREATE TRIGGER order_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A share that its receiver could not be credited with, in 2200 until somebody decides; refunds make it smaller.
CREATE TABLE suspense_item (
    platform_id bigint NOT NULL,
    item bigint GENERATED ALWAYS AS IDENTITY,
    owner_id bigint NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT suspense_is_not_overdrawn CHECK (amount_minor >= 0),
    opened_at timestamptz NOT NULL,
    deadline timestamptz NOT NULL,
    rank smallint NOT NULL,
    order_reference text NOT NULL,
    line_reference text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    status text NOT NULL CHECK (status IN ('OPEN', 'OWNER', 'SPLITTER')),
    PRIMARY KEY (platform_id, item),
    -- Serves the items of the orders in a batch.
    CONSTRAINT share_is_suspended_once UNIQUE (platform_id, order_reference, line_reference, rank),
    CONSTRAINT suspense_is_of_a_share FOREIGN KEY (platform_id, order_reference, line_reference, rank)
    REFERENCES order_share (platform_id, order_reference, line_reference, rank),
    CONSTRAINT released_item_holds_nothing CHECK (status = 'OPEN' OR amount_minor = 0)
) WITH (fillfactor = 80);

-- Serves the work list: what waits, the most urgent first.
CREATE INDEX suspense_item_by_deadline ON suspense_item (platform_id, deadline, item)
WHERE status = 'OPEN' AND amount_minor > 0;

-- ---------------------------------------------------------------------------------------------------------------------
-- Law: what the receivers of a line still have is what is left of what buyer and platform paid for its goods. Levels
-- that the platform bears are paid beside that. No line is split without shares, no share is of an unsplit line.

CREATE FUNCTION refuse_uneven_shares(platform bigint[], orders text[], lines text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    SELECT k.order_reference, k.line_reference INTO broken
    FROM unnest(platform, orders, lines) AS k (platform_id, order_reference, line_reference)
    LEFT JOIN LATERAL (
        SELECT o.is_split, o.levels_born_by,
            o.goods_minor - o.refunded_goods_minor
            - o.merchant_discount_minor + o.refunded_merchant_discount_minor AS base
        FROM order_line AS o
        WHERE o.platform_id = k.platform_id AND o.order_reference = k.order_reference
            AND o.line_reference = k.line_reference
        LIMIT 1
    ) AS l ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS receivers,
            sum(s.amount_minor - s.returned_minor)
            FILTER (WHERE l.levels_born_by = 'MERCHANT' OR s.rank NOT BETWEEN 2 AND 4) AS held
        FROM order_share AS s
        WHERE s.platform_id = k.platform_id AND s.order_reference = k.order_reference
            AND s.line_reference = k.line_reference
    ) AS h ON true
    WHERE l.is_split IS NULL OR l.is_split <> (h.receivers > 0) OR (l.is_split AND l.base IS DISTINCT FROM h.held)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'SHARES_UNEVEN: the shares of line % of order % are not what is left of its goods',
            broken.line_reference, broken.order_reference USING ERRCODE = 'check_violation';
    END IF;
END;
$$;

-- A fresh line that is not split has no shares: the law below would not let them in.
CREATE FUNCTION check_order_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_shares(array_agg(f.platform_id), array_agg(f.order_reference), array_agg(f.line_reference))
    FROM fresh AS f WHERE f.is_split OR tg_op = 'UPDATE';
    RETURN NULL;
END;
$$;

CREATE FUNCTION check_order_shares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_uneven_shares(array_agg(f.platform_id), array_agg(f.order_reference), array_agg(f.line_reference))
    FROM (SELECT DISTINCT s.platform_id, s.order_reference, s.line_reference FROM fresh AS s) AS f;
    RETURN NULL;
END;
$$;

CREATE TRIGGER line_is_shared_whole AFTER INSERT ON order_line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_order_lines();
CREATE TRIGGER line_stays_shared_whole AFTER UPDATE ON order_line
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_order_lines();
CREATE TRIGGER shares_are_whole AFTER INSERT ON order_share
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_order_shares();
CREATE TRIGGER shares_stay_whole AFTER UPDATE ON order_share
REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION check_order_shares();

-- Law: documents stay; their figures move, what is frozen on them does not.
CREATE FUNCTION refuse_thawing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'FROZEN_ON_THE_ORDER: line % of order % keeps what it was paid with',
        old.line_reference, old.order_reference USING ERRCODE = 'check_violation';
END;
$$;

CREATE TRIGGER line_keeps_what_was_frozen BEFORE UPDATE ON order_line
FOR EACH ROW WHEN (
    (
        new.merchant_id, new.agent_id, new.chain, new.plan_version, new.rates, new.goods_minor, new.delivery_minor,
        new.platform_discount_minor, new.merchant_discount_minor, new.fee_charged_minor, new.order_reference,
        new.line_reference
    ) IS DISTINCT FROM (
        old.merchant_id, old.agent_id, old.chain, old.plan_version, old.rates, old.goods_minor, old.delivery_minor,
        old.platform_discount_minor, old.merchant_discount_minor, old.fee_charged_minor, old.order_reference,
        old.line_reference
    )
) EXECUTE FUNCTION refuse_thawing();

DO $$
DECLARE
    document text;
BEGIN
    FOREACH document IN ARRAY ARRAY[
        'order_head', 'order_line', 'order_share', 'order_refund', 'order_refund_line', 'suspense_item'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
            document || '_stays', document
        );
    END LOOP;
END;
$$;

CALL raise_wall(
    'fee_plan', 'order_head', 'order_line', 'order_share', 'order_refund', 'order_refund_line', 'order_event',
    'suspense_item'
);

GRANT SELECT, INSERT ON fee_plan, order_event, order_refund_line TO splitbook_app;
GRANT SELECT, INSERT, UPDATE ON order_head, order_line, order_share, order_refund, suspense_item TO splitbook_app;
