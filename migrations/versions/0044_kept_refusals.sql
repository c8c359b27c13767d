-- The facts of a refusal, and what it says in words by code; NULL where it came before them, and is said as its text.
ALTER TABLE bank_answer ADD COLUMN refusal_facts jsonb;
ALTER TABLE bank_answer ADD CONSTRAINT facts_are_of_a_refusal CHECK (refusal_facts IS NULL OR refusal <> '');
ALTER TABLE source_refusal ADD COLUMN facts jsonb;
