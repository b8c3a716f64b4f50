// Rows that are made anew.
#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/adapter/sqlite_values.hpp"
#include "common/claims/parse.hpp"

namespace claimferry::claims {
namespace {

// What this sink wrote itself.
template <class Name>
Name named(const std::string& text) {
  return *Name::parse(text);
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

Result<std::vector<StoredVersion>> SqliteStore::outdated(std::size_t most) {
  auto& ask = prepared(
      "SELECT payer, member, resource_type, resource_id, version, raw FROM resource_version "
      "WHERE parser_version < ? LIMIT ?");
  ask.integer(parser_version).integer(static_cast<std::int64_t>(most));
  std::vector<StoredVersion> found;
  while (true) {
    auto row = ask.step();
    if (!row) {
      return std::move(row.failure());
    }
    if (!*row) {
      return found;
    }
    found.push_back({{named<PayerName>(ask.text_at(0)), named<MemberId>(ask.text_at(1)),
                      ask.text_at(2), ask.text_at(3), ask.integer_at(4)},
                     ask.text_at(5)});
  }
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
      "resource_type = ? AND resource_id = ? AND version = ?");
  note.integer(parser_version).text(key.payer.str()).text(key.member.str());
  if (auto noted = note.text(key.type).text(key.id).integer(key.version).run(); !noted) {
    return noted;
  }
  if (database_.changes() == 0) {
    return {};  // erased meanwhile
  }
  if (auto dropped = drop_rows(key); !dropped) {
    return dropped;
  }
  if (version.page.resources.empty()) {
    return {};
  }
  return put_rows({key.payer.str(), key.member.str(), version.page, 0, key.version});
}

Result<void> SqliteStore::forget_parsers() {
  return prepared("UPDATE resource_version SET parser_version = 0").run();
}

}  // namespace claimferry::claims
