-- Why a source could not be pulled, in a form that can be said in another language; '' and NULL where nothing is wrong,
-- and where it went wrong before its facts were kept, and is said as its text.
ALTER TABLE charging_source ADD COLUMN last_code text NOT NULL DEFAULT '';
ALTER TABLE charging_source ADD COLUMN last_facts jsonb;
ALTER TABLE charging_source ADD CONSTRAINT facts_are_of_an_error
CHECK ((last_facts IS NULL) = (last_code = '') AND (last_code = '' OR last_error <> ''));
