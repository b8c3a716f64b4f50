// PostgresPage: what a page changes, decided from what the database holds of its resources, and the
// statements that change it. Knows no connection: asks by one statement, writes by others.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/claims/adapter/claim_sink.hpp"
#include "common/postgres/connection.hpp"

namespace claimferry::claims {

class PostgresPage {
 public:
  // The commit outlives the page.
  explicit PostgresPage(const PageCommit& commit) : commit_(commit) {}

  // What the database holds of each resource that the page names.
  postgres::Call ask() const;
  // Its answer. Once.
  void decide(const postgres::Answer& known);
  const CommitReport& report() const noexcept { return report_; }
  // Few, however many resources there are; the cursor last.
  std::vector<postgres::Call> writes() const;

 private:
  using Key = std::pair<std::string_view, std::string_view>;  // type, id
  struct Known {
    std::int64_t version = 0;
    std::string change_hash;
    std::string first_seen_at;
    bool absent = false;
    bool was_missed = false;
    std::string sweep;  // that judged it last
    std::int64_t parser_version = 0;
    std::optional<std::size_t> made;  // by this page: where in new_versions_
  };
  struct NewVersion {
    std::uint32_t resource;
    std::int64_t version;
    std::string first_seen_at;
    bool superseded;  // by another of the same page, which stands behind it
  };

  void decide_resource(std::uint32_t resource);
  void decide_quarantined();
  void add_version(std::uint32_t resource, Known& known);
  void note_seen(const Key& key, Known& known);

  postgres::Parameters member() const;
  void write_versions(std::vector<postgres::Call>& calls) const;
  void write_renewed(std::vector<postgres::Call>& calls) const;
  void write_seen(std::vector<postgres::Call>& calls) const;
  void write_quarantined(std::vector<postgres::Call>& calls) const;
  void write_cursor(std::vector<postgres::Call>& calls) const;

  const PageCommit& commit_;
  CommitReport report_;
  std::map<Key, Known> known_;
  std::set<Key> ended_;  // versions of the database that another follows
  std::vector<NewVersion> new_versions_;
  std::vector<NewVersion> renewed_;    // whose rows are made anew
  std::vector<std::int64_t> rows_of_;  // by resource: the version that its rows go to; 0: none
  std::set<Key> seen_;
};

// The rows of pages' resources in the tables of claims, of one member: a statement a table that has
// some. versions: by resource; 0: its rows are not wanted.
struct PostgresRowSource {
  const ParsedPage& page;
  const std::vector<std::int64_t>& versions;
};
void write_postgres_rows(const postgres::Parameters& member,
                         std::span<const PostgresRowSource> sources,
                         std::vector<postgres::Call>& calls);
// Takes away the rows of versions of a member's resources, in all tables. Equally many of each.
struct PostgresVersions {
  std::vector<std::pair<std::string_view, std::string_view>> keys;  // type, id
  std::vector<std::int64_t> numbers;
};
void drop_postgres_rows(const postgres::Parameters& member, const PostgresVersions& versions,
                        std::vector<postgres::Call>& calls);

// Payer and member, with which every statement begins.
postgres::Parameters postgres_member(const SyncKey& key);

// Notes with the member, where one is enrolled here, when the sweep came to its end.
postgres::Call postgres_swept(const SyncClose& close);

// Keeps entries or pages that could not become rows, once for the same bytes.
struct PostgresQuarantined {
  std::string_view raw;
  std::string_view reason;
  std::string_view pointer;
  std::string_view type;
  std::string_view id;
};
postgres::Call postgres_quarantine(const SyncKey& key, WallTime at,
                                   const std::vector<PostgresQuarantined>& entries);

}  // namespace claimferry::claims
