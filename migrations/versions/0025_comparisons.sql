-- Comparing own with submitted fees goes along a period page by page, and reads no more than the page.

-- Serves the orders of a period, in the order in which they were paid. (The condition: see order_head_by_sequence.)
CREATE INDEX order_head_by_payment ON order_head (platform_id, paid_at, reference COLLATE "C") WHERE sequence > 0;
-- Serves what was submitted of orders that are not here, which are of the time at which their lines occurred.
CREATE INDEX fee_line_compared_by_time ON fee_line (platform_id, occurred_at, order_reference COLLATE "C", sequence)
WHERE compare_only AND order_reference <> '';
-- Serves the list of all orders of which something was submitted, by reference.
CREATE INDEX fee_line_compared_by_order ON fee_line (platform_id, order_reference COLLATE "C", currency)
WHERE compare_only AND order_reference <> '';
