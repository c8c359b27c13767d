-- Serves the queues of payouts that failed and that came back, and the lists of them. Few of all payouts do.
CREATE INDEX payout_not_paid ON payout (platform_id, payout_id) WHERE status IN ('FAILED', 'RETURNED');
