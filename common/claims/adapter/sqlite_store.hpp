// SqliteStore: claims in SQLite's tables, on one connection, beside what SqliteMemberState knows of
// their members. Each call is part of a transaction that the writer opened.
#pragma once

#include <memory>
#include <string>

#include "common/claims/adapter/claim_rebuild.hpp"
#include "common/claims/adapter/claim_sink.hpp"
#include "common/claims/adapter/sqlite_member_state.hpp"

namespace claimferry::claims {

class SqliteStore : public SqliteMemberState {
 public:
  // Creates the schema in a fresh file; refuses another version's file, and a file that another
  // host has opened before (SQLite's locks do not hold across hosts).
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& path);

  Result<CommitReport> commit(const PageCommit& commit);
  Result<void> quarantine_page(const BadPage& page);
  Result<CloseReport> close(const SyncClose& close);
  Result<void> erase(const SyncKey& key, WallTime at);
  Result<std::uint64_t> count_outdated();
  Result<OutdatedStep> outdated();
  Result<void> renew(const std::vector<RebuiltVersion>& versions);
  Result<MarkedStep> mark();
  Result<bool> all_marked();

 private:
  explicit SqliteStore(SqliteDatabase database) : SqliteMemberState(std::move(database)) {}

  Result<void> put_resource(const PageCommit& commit, std::size_t index, CommitReport& report);
  Result<void> put_version(const PageCommit& commit, const ResourceRow& row, const Judged& judged);
  // A version of a resource, and the page that its rows stand in.
  struct Version {
    const std::string& payer;
    const std::string& member;
    const ParsedPage& page;
    std::uint32_t resource;
    std::int64_t number;
  };
  Result<void> put_rows(const Version& version);
  Result<void> put_loose(const Version& version);
  Result<void> drop_rows(const VersionKey& key);
  // Of a version that an earlier release's parser read. Its raw bytes become those that its rows
  // are made of now: they differ in volatile places at most.
  Result<void> renew_rows(const PageCommit& commit, std::uint32_t resource, std::int64_t version);
  Result<void> renew(const RebuiltVersion& version);
  Result<void> put_quarantined(const PageCommit& commit, CommitReport& report);
};

}  // namespace claimferry::claims
