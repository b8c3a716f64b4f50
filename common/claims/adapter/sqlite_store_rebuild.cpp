// Rows that are made anew. An index finds the versions of earlier parsers, so that no step needs to
// know where the one before it ended.
#include "common/base/limits.hpp"
#include "common/claims/adapter/fence_column.hpp"
#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/parse.hpp"

namespace claimferry::claims {
namespace {

// What this sink wrote itself.
template <class Name>
Name named(const std::string& text) {
  return *Name::parse(text);
}

VersionKey key_at(const SqliteStatement& row) {
  return {named<PayerName>(row.text_at(0)), named<MemberId>(row.text_at(1)), row.text_at(2),
          row.text_at(3), row.integer_at(4)};
}

}  // namespace

Result<void> SqliteStore::renew_rows(const PageCommit& commit, std::uint32_t resource,
                                     std::int64_t version) {
  const ResourceRow& row = commit.page.resources[resource];
  const std::string& payer = commit.key.payer.str();
  const std::string& member = commit.key.job.member.str();
  const VersionKey key{commit.key.payer, commit.key.job.member, std::string(row.type),
                       std::string(row.id), version};
  if (auto dropped = drop_rows(key); !dropped) {
    return dropped;
  }
  if (auto put = put_rows({payer, member, commit.page, resource, version}); !put) {
    return put;
  }
  auto& note = prepared(
      "UPDATE resource_version SET parser_version = ?, raw = ?, content_hash = ? WHERE payer = ? "
      "AND member = ? AND resource_type = ? AND resource_id = ? AND version = ?");
  const std::string content_hash = to_hex(row.content_hash);
  note.integer(parser_version).blob(row.raw).text(content_hash);
  return note.text(payer).text(member).text(row.type).text(row.id).integer(version).run();
}

Result<std::uint64_t> SqliteStore::count_outdated() {
  auto& ask = prepared("SELECT count(*) FROM resource_version WHERE parser_version < ?");
  auto row = ask.integer(parser_version).step();
  if (!row) {
    return std::move(row.failure());
  }
  const auto count = static_cast<std::uint64_t>(ask.integer_at(0));
  ask.reset();
  return count;
}

Result<OutdatedStep> SqliteStore::outdated() {
  auto& ask = prepared(
      "SELECT payer, member, resource_type, resource_id, version, raw FROM resource_version "
      "WHERE parser_version < ? LIMIT ?");
  ask.integer(parser_version).integer(std::int64_t{limits::rebuild_versions_max});
  OutdatedStep step;
  std::size_t bytes = 0;
  while (bytes < limits::rebuild_bytes_max) {
    auto row = ask.step();
    if (!row) {
      return std::move(row.failure());
    }
    if (!*row) {
      break;
    }
    step.next = key_at(ask);
    step.versions.push_back({*step.next, ask.text_at(5)});
    bytes += step.versions.back().raw.size();
  }
  ask.reset();
  return step;
}

Result<void> SqliteStore::renew(const std::vector<RebuiltVersion>& versions) {
  for (const RebuiltVersion& version : versions) {
    if (auto renewed = renew(version); !renewed) {
      return renewed;
    }
  }
  return {};
}

Result<void> SqliteStore::renew(const RebuiltVersion& version) {
  const VersionKey& key = version.key;
  auto& note = prepared(
      "UPDATE resource_version SET parser_version = ? WHERE payer = ? AND member = ? AND "
      "resource_type = ? AND resource_id = ? AND version = ? AND parser_version < ?");
  note.integer(parser_version).text(key.payer.str()).text(key.member.str()).text(key.type);
  if (auto noted = note.text(key.id).integer(key.version).integer(parser_version).run(); !noted) {
    return noted;
  }
  if (database().changes() == 0) {
    return {};  // erased meanwhile, or a worker has read it again
  }
  if (auto dropped = drop_rows(key); !dropped) {
    return dropped;
  }
  if (version.page.resources.empty()) {
    return {};
  }
  return put_rows({key.payer.str(), key.member.str(), version.page, 0, key.version});
}

// By the index: those of the newest parser last, and of those the youngest.
Result<MarkedStep> SqliteStore::mark() {
  auto& ask = prepared(
      "SELECT payer, member, resource_type, resource_id, version, rowid "
      "FROM resource_version INDEXED BY resource_by_parser WHERE parser_version > ? "
      "ORDER BY parser_version, rowid LIMIT ?");
  ask.integer(marked_version).integer(std::int64_t{limits::rebuild_walk_max});
  std::vector<std::int64_t> found;
  MarkedStep step;
  while (true) {
    auto row = ask.step();
    if (!row) {
      return std::move(row.failure());
    }
    if (!*row) {
      break;
    }
    found.push_back(ask.integer_at(5));
    step.next = key_at(ask);
  }
  auto& mark = prepared("UPDATE resource_version SET parser_version = ? WHERE rowid = ?");
  for (const std::int64_t row : found) {
    if (auto marked = mark.integer(marked_version).integer(row).run(); !marked) {
      return std::move(marked.failure());
    }
  }
  step.versions = found.size();
  return step;
}

Result<bool> SqliteStore::all_marked() {
  auto& ask = prepared(
      "SELECT parser_version FROM resource_version WHERE rowid = "
      "(SELECT max(rowid) FROM resource_version)");
  auto row = ask.step();
  if (!row) {
    return std::move(row.failure());
  }
  const bool marked = *row && ask.integer_at(0) == marked_version;
  ask.reset();
  return marked;
}

}  // namespace claimferry::claims
