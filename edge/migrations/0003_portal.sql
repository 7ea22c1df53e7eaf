-- What the log shows as a table, beside the body, so that its rows are read without their bodies.
ALTER TABLE entries ADD COLUMN party TEXT;
ALTER TABLE entries ADD COLUMN direction TEXT NOT NULL DEFAULT 'both';
ALTER TABLE entries ADD COLUMN user_name TEXT;
ALTER TABLE entries ADD COLUMN comment TEXT NOT NULL DEFAULT '';
-- The record's and the party's names in lower case: what is searched.
ALTER TABLE entries ADD COLUMN names TEXT NOT NULL DEFAULT '';
UPDATE entries SET direction = coalesce(json_extract(body, '$.direction'), 'both'),
  user_name = json_extract(body, '$.by'),
  comment = substr(coalesce(json_extract(body, '$.problems[0].what'),
    (SELECT group_concat(json_extract(value, '$.label'), ', ') FROM json_each(entries.body, '$.changes')), ''), 1, 300),
  names = lower(name);
-- Holds all that is filtered by, so that neither a filter nor a count looks at the rows themselves.
CREATE INDEX entries_in_order ON entries (org, id, module, outcome, problem, user, run, crm_id, xero_id, at, names);
CREATE INDEX entries_by_day ON entries (org, at, outcome, user);

-- What is known of a Xero organisation's limits says nothing of another one's.
ALTER TABLE budgets ADD COLUMN tenant TEXT;
UPDATE budgets SET tenant = (SELECT tenant FROM connections WHERE connections.org = budgets.org);
