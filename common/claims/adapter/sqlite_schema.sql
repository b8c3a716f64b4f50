-- Version 3. Applied once to a fresh file; `meta.schema` says which version a file has.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- The largest fence that wrote for a member: a smaller one is refused.
CREATE TABLE member_fence (
  payer TEXT NOT NULL, member TEXT NOT NULL, fence INTEGER NOT NULL,
  PRIMARY KEY (payer, member)) WITHOUT ROWID;

-- What is left of an erased member: writes at or below the fence are refused.
CREATE TABLE tombstone (
  payer TEXT NOT NULL, member TEXT NOT NULL, fence INTEGER NOT NULL, erased_at TEXT NOT NULL,
  PRIMARY KEY (payer, member)) WITHOUT ROWID;

-- Where a job's paging stands; durable with the rows before it, gone when the sync closes.
CREATE TABLE cursor (
  payer TEXT NOT NULL, member TEXT NOT NULL, job TEXT NOT NULL, cursor TEXT NOT NULL,
  PRIMARY KEY (payer, member, job)) WITHOUT ROWID;

-- Every version of every resource, as the payer sent it.
CREATE TABLE resource_version (
  payer TEXT NOT NULL, member TEXT NOT NULL, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  content_hash TEXT NOT NULL,  -- SHA-256 of raw, lower-case hexadecimal
  change_hash TEXT NOT NULL,   -- the same over the leaves without volatile metadata
  raw BLOB NOT NULL, full_url TEXT,
  fence INTEGER NOT NULL,
  first_seen_at TEXT NOT NULL, -- of the resource
  valid_from TEXT NOT NULL, valid_to TEXT,  -- of this version; NULL: current
  parser_version INTEGER NOT NULL,  -- of the parser that made its rows in the tables of claims; 0: there are none
  absent_at TEXT,              -- when two complete sweeps in a row had missed it; NULL: present
  PRIMARY KEY (payer, member, resource_type, resource_id, version));
CREATE UNIQUE INDEX resource_one_current
  ON resource_version (payer, member, resource_type, resource_id) WHERE valid_to IS NULL;
-- For those that an earlier parser read.
CREATE INDEX resource_by_parser ON resource_version (parser_version);

-- Which sweep judged a resource last (its job saw it, or counted it missed), and how many complete sweeps in a row
-- have missed it since it was last seen.
CREATE TABLE seen (
  payer TEXT NOT NULL, member TEXT NOT NULL, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL,
  sweep TEXT NOT NULL, missed INTEGER NOT NULL,
  PRIMARY KEY (payer, member, resource_type, resource_id)) WITHOUT ROWID;

-- What could not become a row: an entry, or a whole page (no pointer, no resource_id); kept with its reason, once for
-- the same bytes.
CREATE TABLE quarantine (
  payer TEXT NOT NULL, member TEXT NOT NULL, content_hash TEXT NOT NULL, reason TEXT NOT NULL,
  pointer TEXT, raw BLOB NOT NULL, fence INTEGER NOT NULL, received_at TEXT NOT NULL,
  resource_type TEXT, resource_id TEXT,  -- as far as they could be read
  PRIMARY KEY (payer, member, content_hash, reason));

CREATE VIEW resource_current AS
  SELECT payer, member, resource_type, resource_id, version, content_hash, change_hash, raw, full_url, fence,
         first_seen_at, valid_from
  FROM resource_version WHERE valid_to IS NULL AND absent_at IS NULL;

-- Behind this come the tables of claims: sqlite_tables.hpp.
