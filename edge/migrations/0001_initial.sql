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
  body TEXT NOT NULL,
  PRIMARY KEY (org, tenant, module, crm_id)
) STRICT;
CREATE UNIQUE INDEX links_by_xero ON links (org, tenant, module, xero_id) WHERE xero_id IS NOT NULL;

CREATE TABLE entries (
  org TEXT NOT NULL,
  id TEXT NOT NULL,
  module TEXT NOT NULL,
  crm_id TEXT NOT NULL,
  name TEXT NOT NULL,
  outcome TEXT NOT NULL,
  problem TEXT,
  at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT;
CREATE INDEX entries_by_record ON entries (org, module, crm_id, id);
CREATE INDEX entries_by_time ON entries (at);

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
