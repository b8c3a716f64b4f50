// The migrations. A published one is never changed: what is wrong with it is mended by another.
#include "common/claims/adapter/postgres_schema.hpp"
#include "common/claims/adapter/postgres_tables.hpp"

namespace claimferry::claims {
namespace {

using Statements = std::vector<std::string>;

void append(Statements& all, const Statements& more) {
  all.insert(all.end(), more.begin(), more.end());
}

// What surrounds the claims; the words are those of sqlite_schema.sql.
Statements surroundings() {
  Statements all{
      "CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL)",
      // Small rows, written with each page: room for their next version on the same block.
      "CREATE TABLE member_fence (payer text NOT NULL, member text NOT NULL, "
      "fence bigint NOT NULL, PRIMARY KEY (payer, member)) WITH (fillfactor = 50)",
      "CREATE TABLE tombstone (payer text NOT NULL, member text NOT NULL, fence bigint NOT NULL, "
      "erased_at timestamptz NOT NULL, PRIMARY KEY (payer, member))",
      "CREATE TABLE cursor (payer text NOT NULL, member text NOT NULL, job text NOT NULL, "
      "cursor text NOT NULL, PRIMARY KEY (payer, member, job)) WITH (fillfactor = 50)"};
  append(all, postgres_partitioned(
                  "resource_version",
                  "payer text NOT NULL, member text NOT NULL, resource_type text NOT NULL, "
                  "resource_id text NOT NULL, version bigint NOT NULL, content_hash text NOT NULL, "
                  "change_hash text NOT NULL, raw bytea NOT NULL, full_url text, "
                  "fence bigint NOT NULL, first_seen_at timestamptz NOT NULL, "
                  "valid_from timestamptz NOT NULL, valid_to timestamptz, "
                  "parser_version bigint NOT NULL, absent_at timestamptz, "
                  "PRIMARY KEY (payer, member, resource_type, resource_id, version)"));
  all.emplace_back(
      "CREATE UNIQUE INDEX resource_one_current ON resource_version "
      "(payer, member, resource_type, resource_id) WHERE valid_to IS NULL");
  append(all, postgres_partitioned(
                  "seen",
                  "payer text NOT NULL, member text NOT NULL, resource_type text NOT NULL, "
                  "resource_id text NOT NULL, sweep text NOT NULL, missed bigint NOT NULL, "
                  "PRIMARY KEY (payer, member, resource_type, resource_id)"));
  append(all, postgres_partitioned(
                  "quarantine",
                  "payer text NOT NULL, member text NOT NULL, content_hash text NOT NULL, "
                  "reason text NOT NULL, pointer text, raw bytea NOT NULL, fence bigint NOT NULL, "
                  "received_at timestamptz NOT NULL, resource_type text, resource_id text, "
                  "PRIMARY KEY (payer, member, content_hash, reason)"));
  all.emplace_back(
      "CREATE VIEW resource_current AS SELECT payer, member, resource_type, resource_id, version, "
      "content_hash, change_hash, raw, full_url, fence, first_seen_at, valid_from "
      "FROM resource_version WHERE valid_to IS NULL AND absent_at IS NULL");
  return all;
}

// Roles are the whole server's: another database may have made them.
std::string make_role(const std::string& name) {
  return "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '" + name +
         "') THEN CREATE ROLE " + name +
         " NOLOGIN; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
}

Statements rights() {
  std::string claims;
  for (const std::string& table : postgres_claim_tables()) {
    claims += (claims.empty() ? "" : ", ") + table;
  }
  return {
      make_role("claimferry_worker"), make_role("claimferry_reader"),
      make_role("claimferry_auditor"),
      // Writes what it is told, and erases; an erased member's tombstone is nobody's to take away.
      "GRANT SELECT, INSERT, UPDATE, DELETE ON resource_version, seen, quarantine, cursor, " +
          claims + " TO claimferry_worker",
      "GRANT SELECT, INSERT, UPDATE ON member_fence, tombstone TO claimferry_worker",
      "GRANT SELECT ON meta, resource_current TO claimferry_worker",
      "GRANT SELECT ON resource_version, resource_current, " + claims + " TO claimferry_reader",
      // Who, when and why, and nothing of the claims.
      "GRANT SELECT ON meta, tombstone, member_fence TO claimferry_auditor",
      "GRANT SELECT (payer, member, content_hash, reason, pointer, fence, received_at, "
      "resource_type) ON quarantine TO claimferry_auditor"};
}

Statements first() {
  Statements all = surroundings();
  append(all, postgres_create_tables());
  append(all, rights());
  return all;
}

// Members and their sealed tokens: durable here before Redis hears of them (common/members). A
// row's `changed_in` orders the changes for whoever copies them on.
Statements members() {
  return {
      "CREATE TABLE enrolled_member (member text PRIMARY KEY, payer text NOT NULL, "
      "state text NOT NULL CHECK (state IN ('active', 'reconsent', 'erasing', 'erased')), "
      "record bigint NOT NULL, changed_in xid8 NOT NULL, fingerprint text NOT NULL, "
      "added_at timestamptz NOT NULL, consented_at timestamptz, consent_expires_at timestamptz, "
      "consent_terms text[], token_life_ms bigint, last_ok_at timestamptz, "
      "last_sweep_at timestamptz, erasure text, left_at timestamptz, erased_at timestamptz, "
      "erase_fence text) WITH (fillfactor = 70)",
      "CREATE INDEX enrolled_member_changed ON enrolled_member (changed_in, member)",
      "CREATE TABLE member_token (member text PRIMARY KEY, payer text NOT NULL, "
      "version bigint NOT NULL, data_key text NOT NULL, patient text NOT NULL, "
      "refresh_token text NOT NULL, access_token text, issued_at timestamptz, "
      "expires_at timestamptz, intent_fence bigint, intent_at timestamptz, intent_sends bigint, "
      "intent_before bigint) WITH (fillfactor = 50)",
      make_role("claimferry_enroller"),
      "GRANT SELECT, INSERT, UPDATE ON enrolled_member TO claimferry_worker, claimferry_enroller",
      "GRANT SELECT, INSERT, UPDATE, DELETE ON member_token TO claimferry_worker, "
      "claimferry_enroller",
      "GRANT SELECT ON meta TO claimferry_enroller",
      // Who consented to what, and never a token.
      "GRANT SELECT ON enrolled_member TO claimferry_auditor"};
}

// Who left since then, left; absent: not known, or handed in by other means.
Statements enrolments() {
  return {"ALTER TABLE enrolled_member ADD COLUMN begun_at timestamptz"};
}

}  // namespace

const std::vector<PostgresMigration>& postgres_migrations() {
  static const std::vector<PostgresMigration> all{
      {1, 1, "tables of claims and what surrounds them, roles", first()},
      {2, 1, "members and sealed tokens", members()},
      {3, 1, "when a member's enrolment began", enrolments()}};
  return all;
}

unsigned postgres_schema_version() {
  return postgres_migrations().back().version;
}

}  // namespace claimferry::claims
