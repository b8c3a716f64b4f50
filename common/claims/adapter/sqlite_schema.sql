-- Version 2. Applied once to a fresh file; `meta.schema` says which version a file has.
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
  absent_at TEXT,              -- when two complete sweeps in a row had missed it; NULL: present
  PRIMARY KEY (payer, member, resource_type, resource_id, version));
CREATE UNIQUE INDEX resource_one_current
  ON resource_version (payer, member, resource_type, resource_id) WHERE valid_to IS NULL;

-- Which sweep judged a resource last (its job saw it, or counted it missed), and how many complete sweeps in a row
-- have missed it since it was last seen.
CREATE TABLE seen (
  payer TEXT NOT NULL, member TEXT NOT NULL, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL,
  sweep TEXT NOT NULL, missed INTEGER NOT NULL,
  PRIMARY KEY (payer, member, resource_type, resource_id)) WITHOUT ROWID;

-- Amounts: the text as sent, and ten-thousandths (half to even; NULL when they do not fit).
CREATE TABLE claim (
  payer TEXT NOT NULL, member TEXT NOT NULL, eob_id TEXT NOT NULL, version INTEGER NOT NULL,
  unique_claim_id TEXT, claim_type TEXT, sub_type TEXT, profile TEXT, status TEXT, use TEXT, outcome TEXT,
  patient_ref TEXT, provider_ref TEXT, provider_display TEXT, insurer_display TEXT,
  billable_start TEXT, billable_end TEXT, billable_open INTEGER NOT NULL, created TEXT,
  principal_diagnosis_system TEXT, principal_diagnosis_code TEXT,
  submitted TEXT, submitted_e4 INTEGER, allowed TEXT, allowed_e4 INTEGER, paid TEXT, paid_e4 INTEGER,
  member_liability TEXT, member_liability_e4 INTEGER, amount_inexact INTEGER NOT NULL,
  paid_source TEXT, currency TEXT, meta_last_updated TEXT,
  PRIMARY KEY (payer, member, eob_id, version));

CREATE TABLE claim_line (
  payer TEXT NOT NULL, member TEXT NOT NULL, eob_id TEXT NOT NULL, version INTEGER NOT NULL,
  line_index INTEGER NOT NULL, line_sequence TEXT,
  product_system TEXT, product_code TEXT, product_display TEXT, revenue_code TEXT, place_of_service TEXT,
  serviced_start TEXT, serviced_end TEXT, quantity TEXT, diagnosis_code TEXT,
  submitted TEXT, submitted_e4 INTEGER, allowed TEXT, allowed_e4 INTEGER, paid TEXT, paid_e4 INTEGER,
  member_liability TEXT, member_liability_e4 INTEGER, net TEXT, net_e4 INTEGER, amount_inexact INTEGER NOT NULL,
  PRIMARY KEY (payer, member, eob_id, version, line_index));

CREATE TABLE coverage (
  payer TEXT NOT NULL, member TEXT NOT NULL, coverage_id TEXT NOT NULL, version INTEGER NOT NULL,
  status TEXT, type_code TEXT, subscriber_id TEXT, relationship_code TEXT,
  period_start TEXT, period_end TEXT, payor_display TEXT,
  PRIMARY KEY (payer, member, coverage_id, version));

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
CREATE VIEW claim_current AS
  SELECT c.* FROM claim c JOIN resource_current r
    ON r.payer = c.payer AND r.member = c.member AND r.resource_type = 'ExplanationOfBenefit'
   AND r.resource_id = c.eob_id AND r.version = c.version;
CREATE VIEW claim_line_current AS
  SELECT l.* FROM claim_line l JOIN resource_current r
    ON r.payer = l.payer AND r.member = l.member AND r.resource_type = 'ExplanationOfBenefit'
   AND r.resource_id = l.eob_id AND r.version = l.version;
CREATE VIEW coverage_current AS
  SELECT c.* FROM coverage c JOIN resource_current r
    ON r.payer = c.payer AND r.member = c.member AND r.resource_type = 'Coverage'
   AND r.resource_id = c.coverage_id AND r.version = c.version;
