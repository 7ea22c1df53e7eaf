-- One row for each CRM organisation. One to one, both ways: the primary key is the CRM's organisation,
-- and a Xero organisation stands in one row at most.
CREATE TABLE connections (
  org TEXT NOT NULL PRIMARY KEY,
  org_name TEXT NOT NULL,
  location TEXT NOT NULL,
  api_domain TEXT NOT NULL,
  connected_by TEXT NOT NULL,
  connected_at TEXT NOT NULL,
  zoho_broken INTEGER NOT NULL DEFAULT 0,
  tenant TEXT UNIQUE,
  tenant_name TEXT,
  xero_connected_by TEXT,
  xero_connected_at TEXT,
  xero_broken INTEGER NOT NULL DEFAULT 0,
  -- Whether somebody was told that the connection is dead; it is told once.
  broken_told INTEGER NOT NULL DEFAULT 0,
  settings TEXT NOT NULL DEFAULT '{}',
  settings_version INTEGER NOT NULL DEFAULT 1
) STRICT;

-- OAuth grants. Tokens are sealed; the id is their associated data.
CREATE TABLE grants (
  id TEXT NOT NULL PRIMARY KEY,
  org TEXT NOT NULL,
  refresh_token TEXT NOT NULL,
  access_token TEXT,
  access_expires_at TEXT,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE users (
  org TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  administrator INTEGER NOT NULL,
  location TEXT NOT NULL,
  api_domain TEXT NOT NULL,
  signed_in_at TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT;

-- Session tokens are held hashed: who reads the database can't use them.
CREATE TABLE sessions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  org TEXT NOT NULL,
  user TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;

-- An OAuth flow under way, by the hash of its `state`.
CREATE TABLE flows (
  state_hash TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  challenge TEXT,
  verifier TEXT,
  org TEXT,
  user TEXT,
  payload TEXT,
  expires_at TEXT NOT NULL
) STRICT;

-- A finished sign-in that waits for its panel to claim it.
CREATE TABLE claims (
  code_hash TEXT NOT NULL PRIMARY KEY,
  challenge TEXT NOT NULL,
  org TEXT NOT NULL,
  user TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;

-- What is known of both organisations themselves; no customers' data.
CREATE TABLE organisations (
  org TEXT NOT NULL PRIMARY KEY,
  crm TEXT,
  crm_read_at TEXT,
  tenant TEXT,
  xero TEXT,
  xero_read_at TEXT
) STRICT;

-- A link keeps fingerprints, never values.
CREATE TABLE links (
  org TEXT NOT NULL,
  tenant TEXT NOT NULL,
  module TEXT NOT NULL,
  crm_id TEXT NOT NULL,
  xero_id TEXT,
  state TEXT NOT NULL,
  natural_key TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  PRIMARY KEY (org, tenant, module, crm_id)
) STRICT;
CREATE UNIQUE INDEX links_by_xero ON links (org, tenant, module, xero_id) WHERE xero_id IS NOT NULL;
CREATE INDEX links_by_key ON links (org, tenant, module, natural_key);

-- The log. What it shows as a table stands beside the body, so that its rows are read without their bodies.
CREATE TABLE entries (
  org TEXT NOT NULL,
  id TEXT NOT NULL,
  module TEXT NOT NULL,
  crm_id TEXT NOT NULL,
  xero_id TEXT,
  name TEXT NOT NULL,
  party TEXT,
  -- The record's and the party's names in lower case: what is searched.
  names TEXT NOT NULL DEFAULT '',
  direction TEXT NOT NULL DEFAULT 'both',
  outcome TEXT NOT NULL,
  problem TEXT,
  comment TEXT NOT NULL DEFAULT '',
  user TEXT,
  user_name TEXT,
  run TEXT,
  at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT;
CREATE INDEX entries_by_record ON entries (org, module, crm_id, id);
CREATE INDEX entries_by_time ON entries (at);
CREATE INDEX entries_by_run ON entries (org, run, id);
-- Holds all that is filtered by, so that neither a filter nor a count looks at the rows themselves.
CREATE INDEX entries_in_order ON entries (org, id, module, outcome, problem, user, run, crm_id, xero_id, at, names);
CREATE INDEX entries_by_day ON entries (org, at, outcome, user);

-- What administrators changed.
CREATE TABLE audit (
  org TEXT NOT NULL,
  id TEXT NOT NULL,
  at TEXT NOT NULL,
  user TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT;

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

-- What the vendors last said of their limits; of one Xero organisation, because it says nothing of another one's.
CREATE TABLE budgets (
  org TEXT NOT NULL PRIMARY KEY,
  tenant TEXT,
  body TEXT NOT NULL
) STRICT;
