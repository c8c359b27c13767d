-- Serve the fee lines and adjustments of an order, page by page in the order of the log: nothing reads them by line and
-- item, or by reference. An adjustment has its place there once it is posted.
DROP INDEX fee_line_by_order;
CREATE INDEX fee_line_by_order ON fee_line (platform_id, order_reference, sequence) WHERE order_reference <> '';
DROP INDEX adjustment_by_order;
CREATE INDEX adjustment_by_order ON adjustment (platform_id, order_reference, sequence) WHERE order_reference <> '';
