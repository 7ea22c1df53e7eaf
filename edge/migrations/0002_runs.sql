-- Runs. The body says what was asked for, where the run stands and what it counted.
CREATE TABLE runs (
  org TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  active INTEGER NOT NULL,
  user TEXT,
  started_at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT;
-- Two runs of one organisation never work at the same time.
CREATE UNIQUE INDEX runs_active ON runs (org) WHERE active = 1;
CREATE INDEX runs_by_time ON runs (started_at);

-- Records that a run has listed and not taken up yet, in the order in which it takes them up.
CREATE TABLE candidates (
  org TEXT NOT NULL,
  run TEXT NOT NULL,
  pair INTEGER NOT NULL,
  record TEXT NOT NULL,
  seq INTEGER NOT NULL,
  side TEXT NOT NULL,
  crm_id TEXT,
  xero_id TEXT,
  at TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (org, run, pair, record)
) STRICT;
CREATE INDEX candidates_in_order ON candidates (org, run, pair, seq);

-- Up to where each side of each pair was listed: an instant, and the records that were seen at that very instant.
CREATE TABLE cursors (
  org TEXT NOT NULL,
  tenant TEXT NOT NULL,
  module TEXT NOT NULL,
  side TEXT NOT NULL,
  at TEXT NOT NULL,
  seen TEXT NOT NULL,
  whole_at TEXT,
  PRIMARY KEY (org, tenant, module, side)
) STRICT;

-- Records that failed or wait: the next run takes them up again. So it does with those that the settings have left
-- alone, once the settings have changed.
CREATE TABLE waiting (
  org TEXT NOT NULL,
  tenant TEXT NOT NULL,
  module TEXT NOT NULL,
  record TEXT NOT NULL,
  crm_id TEXT,
  xero_id TEXT,
  name TEXT NOT NULL,
  direction TEXT NOT NULL,
  outcome TEXT NOT NULL,
  problem TEXT NOT NULL,
  reason TEXT NOT NULL,
  times INTEGER NOT NULL,
  settings_version INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (org, tenant, module, record)
) STRICT;

-- When each organisation is to be woken: for its schedule, and to keep its tokens alive.
CREATE TABLE agenda (
  org TEXT NOT NULL PRIMARY KEY,
  next_at TEXT NOT NULL,
  run_at TEXT
) STRICT;
CREATE INDEX agenda_by_time ON agenda (next_at, org);
INSERT INTO agenda (org, next_at) SELECT org, xero_connected_at FROM connections WHERE xero_connected_at IS NOT NULL;

-- What the vendors last said of their limits.
CREATE TABLE budgets (
  org TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

ALTER TABLE entries ADD COLUMN run TEXT;
ALTER TABLE entries ADD COLUMN user TEXT;
ALTER TABLE entries ADD COLUMN xero_id TEXT;
CREATE INDEX entries_by_run ON entries (org, run, id);

ALTER TABLE links ADD COLUMN natural_key TEXT NOT NULL DEFAULT '';
UPDATE links SET natural_key = json_extract(body, '$.natural_key');
CREATE INDEX links_by_key ON links (org, tenant, module, natural_key);

-- Whether somebody was told that the connection is dead; it is told once.
ALTER TABLE connections ADD COLUMN broken_told INTEGER NOT NULL DEFAULT 0;
