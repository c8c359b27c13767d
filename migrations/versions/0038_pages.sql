-- A page of overdue sheets asks whether any was dated anew since the page before it.
CREATE INDEX sheet_history_by_dating ON sheet_history (platform_id, step_id) WHERE due_date_before IS NOT NULL;
