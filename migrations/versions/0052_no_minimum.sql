-- Nothing ever wrote or read it: what is due is paid, however small.
ALTER TABLE settlement_terms DROP COLUMN minimum_minor;
