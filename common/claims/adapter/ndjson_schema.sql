-- state.db, version 1: what the NDJSON sink must know to write the next line. The tables of members are named as those
-- of SQLite's sink, whose rules they share.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- The largest fence that wrote for a member: a smaller one is refused.
CREATE TABLE member_fence (
  payer TEXT NOT NULL, member TEXT NOT NULL, fence INTEGER NOT NULL,
  PRIMARY KEY (payer, member)) WITHOUT ROWID;

-- What is left of an erased member: writes at or below the fence are refused.
CREATE TABLE tombstone (
  payer TEXT NOT NULL, member TEXT NOT NULL, fence INTEGER NOT NULL, erased_at TEXT NOT NULL,
  PRIMARY KEY (payer, member)) WITHOUT ROWID;

-- Where a job's paging stands; committed after the lines before it are durable, gone when the sync closes.
CREATE TABLE cursor (
  payer TEXT NOT NULL, member TEXT NOT NULL, job TEXT NOT NULL, cursor TEXT NOT NULL,
  PRIMARY KEY (payer, member, job)) WITHOUT ROWID;

-- The segments, by their names without an ending. A file *.part counts up to `bytes`; what stands behind is of a
-- process that ended before its commit.
CREATE TABLE segment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
  bytes INTEGER NOT NULL, synced INTEGER NOT NULL,  -- committed; of these, synced to the disk
  boot TEXT NOT NULL,               -- of the host, when they were written
  wanted INTEGER NOT NULL DEFAULT 0,   -- 1: an erasure waits for its end
  indexed INTEGER NOT NULL DEFAULT 1); -- 0: found, not written: `holds` does not say what it holds

-- The members of whom a segment has lines.
CREATE TABLE holds (
  payer TEXT NOT NULL, member TEXT NOT NULL, segment INTEGER NOT NULL,
  PRIMARY KEY (payer, member, segment)) WITHOUT ROWID;
CREATE INDEX holds_by_segment ON holds (segment);

-- The latest version of each resource: there are no others (valid_to is never set), its lines have the rest.
CREATE TABLE resource_version (
  payer TEXT NOT NULL, member TEXT NOT NULL, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  change_hash TEXT NOT NULL,    -- empty: which line is its last is not known; any sight of it is a new version
  first_seen_at TEXT NOT NULL, valid_to TEXT,
  parser_version INTEGER NOT NULL,  -- of the parser that it was hashed by
  absent_at TEXT,
  segment INTEGER NOT NULL,     -- of its latest line
  PRIMARY KEY (payer, member, resource_type, resource_id)) WITHOUT ROWID;
CREATE INDEX resource_by_segment ON resource_version (segment);

-- Which sweep judged a resource last, and how many complete sweeps in a row have missed it since it was last seen.
CREATE TABLE seen (
  payer TEXT NOT NULL, member TEXT NOT NULL, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL,
  sweep TEXT NOT NULL, missed INTEGER NOT NULL,
  PRIMARY KEY (payer, member, resource_type, resource_id)) WITHOUT ROWID;

-- What has a line of quarantine already.
CREATE TABLE quarantine (
  payer TEXT NOT NULL, member TEXT NOT NULL, content_hash TEXT NOT NULL, reason TEXT NOT NULL,
  segment INTEGER NOT NULL,
  PRIMARY KEY (payer, member, content_hash, reason)) WITHOUT ROWID;
CREATE INDEX quarantine_by_segment ON quarantine (segment);

CREATE VIEW resource_current AS
  SELECT payer, member, resource_type, resource_id, version FROM resource_version
  WHERE valid_to IS NULL AND absent_at IS NULL;
