-- Each row that is written counts, and so does each entry of an index: of 100,000 a day on the free plan
-- (<https://developers.cloudflare.com/d1/platform/pricing/>). So tables with a primary key of their own have no rowid, which
-- would be a second row, and each index has to say what it is for.

-- What is true of the whole installation: one row at most.
CREATE TABLE installation (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  -- The organisation that it belongs to, and since when.
  owner TEXT,
  owned_at TEXT,
  -- Our own address, as the first administrator's sign-in taught it.
  public_url TEXT
) STRICT;

-- One row for each CRM organisation. One to one, both ways: the primary key is the CRM's organisation,
-- and a Xero organisation stands in one row at most.
CREATE TABLE connections (
  org TEXT NOT NULL PRIMARY KEY,
  org_name TEXT NOT NULL,
  location TEXT NOT NULL,
  api_domain TEXT NOT NULL,
  connected_by TEXT NOT NULL,
  -- The CRM user's id.
  connected_by_user TEXT NOT NULL,
  connected_at TEXT NOT NULL,
  zoho_broken INTEGER NOT NULL DEFAULT 0,
  tenant TEXT UNIQUE,
  tenant_name TEXT,
  xero_connected_by TEXT,
  xero_connected_by_user TEXT,
  xero_connected_at TEXT,
  xero_broken INTEGER NOT NULL DEFAULT 0,
  -- Whether somebody was told that the connection is dead; it is told once.
  broken_told INTEGER NOT NULL DEFAULT 0,
  -- Users who do not count as administrators here, whatever their profile says: a JSON list of ids.
  taken_out TEXT NOT NULL DEFAULT '[]',
  -- When our own CRM fields were last looked after, and those into which others can type: a JSON list.
  fields_at TEXT,
  fields_open TEXT NOT NULL DEFAULT '[]',
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
  -- What it covers, separated by spaces.
  scopes TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who has signed in here. What they may do stands nowhere: it is asked of the CRM.
CREATE TABLE users (
  org TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  location TEXT NOT NULL,
  api_domain TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;

-- Session tokens are held hashed: who reads the database can't use them.
CREATE TABLE sessions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  org TEXT NOT NULL,
  user TEXT NOT NULL,
  browser TEXT NOT NULL,
  -- The page in which it began: panel or portal.
  page TEXT,
  -- 1: whoever began it knew the installation's key.
  keyed INTEGER NOT NULL,
  began_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (org, user);

-- What a vendor granted and nobody has claimed yet, sealed; or the problem with which a popup ended.
CREATE TABLE parked (
  flow TEXT NOT NULL PRIMARY KEY,
  challenge TEXT NOT NULL,
  purpose TEXT NOT NULL,
  org TEXT,
  user TEXT,
  session TEXT,
  code TEXT,
  tries INTEGER NOT NULL DEFAULT 0,
  payload TEXT,
  choosing INTEGER NOT NULL DEFAULT 0,
  problem TEXT,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX parked_by_challenge ON parked (challenge);

-- Who else may use the installation.
CREATE TABLE invitations (
  guest TEXT NOT NULL PRIMARY KEY,
  invited_by TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;

-- From here on, all rows belong to a connection. None is there without it: what is still at work for an organisation while
-- it is erased can't write a row of it any more.

-- What is known of both organisations themselves; no customers' data.
CREATE TABLE organisations (
  org TEXT NOT NULL PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
  crm TEXT,
  crm_read_at TEXT,
  tenant TEXT,
  xero TEXT,
  xero_read_at TEXT
) STRICT, WITHOUT ROWID;

-- A link keeps fingerprints, never values.
CREATE TABLE links (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
  tenant TEXT NOT NULL,
  module TEXT NOT NULL,
  crm_id TEXT NOT NULL,
  xero_id TEXT,
  state TEXT NOT NULL,
  natural_key TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  PRIMARY KEY (org, tenant, module, crm_id)
) STRICT, WITHOUT ROWID;
-- A Xero record is one record of a module; and which one it is.
CREATE UNIQUE INDEX links_by_xero ON links (org, tenant, module, xero_id) WHERE xero_id IS NOT NULL;
-- Whatever may set `xero_id` writes its index, too, and hardly any link that is saved changes it: so what is saved sets the
-- body, and the few that have got another Xero record are told apart here.
CREATE TRIGGER links_move AFTER UPDATE OF body ON links WHEN new.xero_id IS NOT (new.body ->> '$.xero_id') BEGIN
  UPDATE links SET xero_id = new.body ->> '$.xero_id'
  WHERE org = new.org AND tenant = new.tenant AND module = new.module AND crm_id = new.crm_id; END;
-- Of whom a record was let go: that one does not come as another record. A few rows.
CREATE INDEX links_let_go ON links (org, tenant, module, body ->> '$.was') WHERE state = 'let_go';
-- Lines of Xero's name an item by its code alone.
CREATE INDEX links_by_code ON links (org, tenant, natural_key) WHERE module = 'Products';

-- The log. What it shows as a table stands beside the body, so that its rows are read without their bodies.
CREATE TABLE entries (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
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
  -- With whose rights its values were read: a user's, else the connection's.
  read_by TEXT,
  run TEXT,
  at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT, WITHOUT ROWID;
-- The newest entries of a record.
CREATE INDEX entries_by_record ON entries (org, module, crm_id, id);
-- Holds all that is filtered and counted by, so that neither looks at the rows themselves. Ids begin with a time, those of
-- a run's entries with the run's: so it serves days, runs and the purge, too.
CREATE INDEX entries_in_order ON entries (org, id, module, outcome, problem, user, run, crm_id, xero_id, at, names, read_by);

-- What administrators changed.
CREATE TABLE audit (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
  id TEXT NOT NULL,
  at TEXT NOT NULL,
  user TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT;

-- What became of requests that their clients have named: one that is sent again does nothing again.
CREATE TABLE requests (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
  key TEXT NOT NULL,
  result TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (org, key)
) STRICT, WITHOUT ROWID;

-- Runs. The body says what was asked for, where the run stands and what it counted.
CREATE TABLE runs (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  active INTEGER NOT NULL,
  -- Empty for a run of the organisation as a whole; else whose list or preview it is.
  lane TEXT NOT NULL DEFAULT '',
  user TEXT,
  started_at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (org, id)
) STRICT;
-- One run of the organisation as a whole, and one list and one preview of each user.
CREATE UNIQUE INDEX runs_active ON runs (org, lane) WHERE active = 1;
CREATE INDEX runs_by_time ON runs (started_at);

-- Records that a run has listed and not taken up yet. It takes them up in the order of the primary key: those of the CRM
-- from the oldest one on, then those that only Xero has.
CREATE TABLE candidates (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
  run TEXT NOT NULL,
  pair INTEGER NOT NULL,
  record TEXT NOT NULL,
  side TEXT NOT NULL,
  crm_id TEXT,
  xero_id TEXT,
  at TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (org, run, pair, record)
) STRICT, WITHOUT ROWID;

-- Up to where each side of each pair was listed: an instant, and the records that were seen at that very instant.
CREATE TABLE cursors (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
  tenant TEXT NOT NULL,
  module TEXT NOT NULL,
  side TEXT NOT NULL,
  at TEXT NOT NULL,
  seen TEXT NOT NULL,
  whole_at TEXT,
  PRIMARY KEY (org, tenant, module, side)
) STRICT, WITHOUT ROWID;

-- Records that failed or wait: the next run takes them up again. So it does with those that the settings have left
-- alone, once the settings have changed.
CREATE TABLE waiting (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
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
) STRICT, WITHOUT ROWID;

-- Which records somebody has released who may send to the books, where the settings let not everybody. `modified` is the
-- version that was released, `people` the ids of an account's or vendor's contacts as they were, `circle` who might do so then:
-- once the settings say otherwise, the release is none.
CREATE TABLE releases (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
  tenant TEXT NOT NULL,
  word TEXT NOT NULL,
  module TEXT NOT NULL,
  crm_id TEXT NOT NULL,
  circle TEXT NOT NULL,
  user TEXT NOT NULL,
  name TEXT NOT NULL,
  at TEXT NOT NULL,
  modified TEXT NOT NULL,
  people TEXT NOT NULL,
  needs TEXT NOT NULL,
  PRIMARY KEY (org, tenant, word, module, crm_id)
) STRICT, WITHOUT ROWID;

-- When each organisation is to be woken: for its schedule, and to keep its tokens alive.
CREATE TABLE agenda (
  org TEXT NOT NULL PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
  next_at TEXT NOT NULL,
  run_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX agenda_by_time ON agenda (next_at, org);

-- To which addresses of its schedule an organisation's letters go: those of its users, as the CRM said when it was
-- last asked, and those whose owner has confirmed them. Of the tokens in the links of letters only hashes are kept.
CREATE TABLE recipients (
  org TEXT NOT NULL REFERENCES connections ON DELETE CASCADE,
  -- In lower case.
  address TEXT NOT NULL,
  crm_user INTEGER NOT NULL DEFAULT 0,
  looked_at TEXT,
  -- The link of the last letter that asked for a confirmation, and until when it is good.
  token_hash TEXT UNIQUE,
  expires_at TEXT,
  confirmed_at TEXT,
  -- The link that ends the letters to an address that was confirmed.
  stop_hash TEXT UNIQUE,
  -- The tag of its owner's language; none while nobody has told.
  language TEXT,
  PRIMARY KEY (org, address)
) STRICT;

-- Which addresses were asked for a confirmation, and which want no letters, as keyed hashes: an organisation that is
-- erased and connected again has neither new letters to send nor a no to forget. So this table has no column `org`.
CREATE TABLE postmarks (
  address_hash TEXT NOT NULL,
  org_hash TEXT NOT NULL,
  sent_at TEXT NOT NULL,
  -- Until when it counts as one that waits for its answer.
  open_until TEXT NOT NULL,
  stopped_at TEXT,
  PRIMARY KEY (address_hash, org_hash)
) STRICT;

-- What the vendors last said of their limits; of one Xero organisation, because it says nothing of another one's.
CREATE TABLE budgets (
  org TEXT NOT NULL PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
  tenant TEXT,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
