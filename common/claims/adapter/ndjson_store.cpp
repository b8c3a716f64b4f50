#include "common/claims/adapter/ndjson_store.hpp"

#include <fstream>

#include <sys/stat.h>

#include "common/base/encoding.hpp"
#include "common/base/limits.hpp"
#include "common/base/try.hpp"
#include "common/claims/adapter/fence_column.hpp"
#include "common/claims/adapter/segment_line.hpp"
#include "common/claims/adapter/sqlite_opening.hpp"
#include "common/claims/parse.hpp"
#include "common/claims/sqlite_embedded.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view schema_version = "1";

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

// Base64 of pieces whose length three divides is that of the whole.
constexpr std::size_t base64_piece_bytes = 96 * limits::KiB;
static_assert(base64_piece_bytes % 3 == 0);

}  // namespace

NdjsonStore::NdjsonStore(SqliteDatabase database, NdjsonOptions options, const Clock& clock,
                         SegmentDisk& disk)
    : SqliteMemberState(std::move(database)),
      options_(std::move(options)),
      clock_(clock),
      disk_(disk),
      boot_(boot_id()),
      part_(options_.directory, disk, clock),
      adopted_at_(clock.steady()) {}

Result<std::unique_ptr<NdjsonStore>> NdjsonStore::open(NdjsonOptions options, const Clock& clock,
                                                       SegmentDisk& disk) {
  // Where it cannot be made, opening the database says so.
  ::mkdir(options.directory.c_str(), 0700);
  auto database = SqliteDatabase::open(options.directory / "state.db", sqlite_busy_wait);
  CLAIMFERRY_TRY(database);
  std::unique_ptr<NdjsonStore> store(
      new NdjsonStore(std::move(*database), std::move(options), clock, disk));
  CLAIMFERRY_TRY(store->prepare());
  store->database().trust();
  return store;
}

Result<void> NdjsonStore::prepare() {
  CLAIMFERRY_TRY(set_up_sqlite(database()));
  CLAIMFERRY_TRY(SqliteMemberState::begin());
  // One transaction: a state without its segments' names would take them for another's.
  const auto look = [this]() -> Result<std::vector<Left>> {
    const auto fresh = check_schema();
    if (!fresh) {
      return fresh.failure();
    }
    CLAIMFERRY_TRY(check_sqlite_host(database(), "the directory of sink.path"));
    CLAIMFERRY_TRY(note_found());
    return find_left(*fresh);
  };
  auto left = look();
  if (!left) {
    SqliteMemberState::roll_back();
    return std::move(left.failure());
  }
  CLAIMFERRY_TRY(SqliteMemberState::commit_transaction());
  return finish_left(*left);
}

Result<bool> NdjsonStore::check_schema() {
  SqliteStatement count(database(), "SELECT count(*) FROM sqlite_schema");
  auto counted = count.step();
  CLAIMFERRY_TRY(counted);
  const bool fresh = count.integer_at(0) == 0;
  count.reset();
  if (fresh) {
    CLAIMFERRY_TRY(database().execute(sql::ndjson_schema_sql));
    SqliteStatement put(database(), "INSERT INTO meta VALUES ('schema', ?), ('kind', 'ndjson')");
    CLAIMFERRY_TRY(put.text(schema_version).run());
    return true;
  }
  const auto version = sqlite_meta(database(), "schema");
  if (!version) {
    return version.failure();
  }
  const auto kind = sqlite_meta(database(), "kind");
  if (!kind) {
    return kind.failure();
  }
  if (*version != schema_version || *kind != "ndjson") {
    return Failure{FailureKind::permanent, "sink_schema",
                   database().path() + " is of schema version " + version->value_or("none") +
                       ", this release's is " + std::string(schema_version) +
                       "; run the release that wrote it, or name another directory in sink.path"};
  }
  return false;
}

std::filesystem::path NdjsonStore::path(const std::string& name, std::string_view ending) const {
  return options_.directory / (name + std::string(ending));
}

Result<void> NdjsonStore::begin() {
  if (is_due()) {
    CLAIMFERRY_TRY(part_.finish());
  }
  segment_ = 0;
  must_sync_ = false;
  part_begin_ = part_saved_ = part_.bytes();
  return SqliteMemberState::begin();
}

// The lines first: a cursor must never be durable before them.
Result<void> NdjsonStore::commit_transaction() {
  if (part_.bytes() != part_begin_) {
    CLAIMFERRY_TRY(options_.sync_pages || must_sync_ ? part_.sync() : part_.flush());
    CLAIMFERRY_TRY(find_segment());
    auto& note = prepared("UPDATE segment SET bytes = ?, synced = ?, boot = ? WHERE id = ?");
    note.integer(static_cast<std::int64_t>(part_.bytes()));
    note.integer(static_cast<std::int64_t>(part_.synced_bytes()));
    CLAIMFERRY_TRY(note.required_text(boot_).integer(segment_).run());
  }
  return SqliteMemberState::commit_transaction();
}

void NdjsonStore::roll_back() {
  SqliteMemberState::roll_back();
  // Where the disk refuses, nothing is written until it does it.
  static_cast<void>(part_.cut(part_begin_));
}

Result<void> NdjsonStore::savepoint() {
  part_saved_ = part_.bytes();
  return SqliteMemberState::savepoint();
}

Result<void> NdjsonStore::roll_back_part() {
  segment_ = 0;
  CLAIMFERRY_TRY(part_.cut(part_saved_));
  return SqliteMemberState::roll_back_part();
}

Result<void> NdjsonStore::find_segment() {
  if (segment_ != 0) {
    return {};
  }
  auto& put = prepared(
      "INSERT INTO segment (name, bytes, synced, boot) VALUES (?, 0, 0, '') "
      "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id");
  auto row = put.text(part_.name()).step();
  CLAIMFERRY_TRY(row);
  segment_ = put.integer_at(0);
  put.reset();
  return {};
}

Result<void> NdjsonStore::begin_line(const SyncKey& key) {
  CLAIMFERRY_TRY(part_.ensure());
  if (segment_ != 0 && part_.bytes() != part_saved_) {
    return {};  // a part is one member's
  }
  CLAIMFERRY_TRY(find_segment());
  auto& hold = prepared("INSERT OR IGNORE INTO holds VALUES (?, ?, ?)");
  return hold.text(key.payer.str()).text(key.job.member.str()).integer(segment_).run();
}

Result<CommitReport> NdjsonStore::commit(const PageCommit& commit) {
  CLAIMFERRY_TRY(take_fence(commit.key));
  CommitReport report;
  for (const ResourceRow& row : commit.page.resources) {
    CLAIMFERRY_TRY(put_resource(commit, row, report));
  }
  for (const QuarantinedEntry& entry : commit.page.quarantined) {
    CLAIMFERRY_TRY(put_quarantined(commit.key, commit.at,
                                   {entry.raw, entry.reason, entry.pointer, entry.type, entry.id}));
    CLAIMFERRY_TRY(note_known_seen(commit, entry));
    ++report.quarantined;
  }
  CLAIMFERRY_TRY(put_cursor(commit, report));
  return report;
}

Result<void> NdjsonStore::put_resource(const PageCommit& commit, const ResourceRow& row,
                                       CommitReport& report) {
  const auto judged = judge(commit, row, report);
  if (!judged) {
    return judged.failure();
  }
  if (judged->is_new) {
    CLAIMFERRY_TRY(put_version(commit, row, *judged));
  }
  return note_seen(commit, row, *judged);
}

Result<void> NdjsonStore::put_version(const PageCommit& commit, const ResourceRow& row,
                                      const Judged& judged) {
  CLAIMFERRY_TRY(begin_line(commit.key));
  CLAIMFERRY_TRY(part_.append(upsert_head(commit, row, judged.version)));
  const auto changed = raw_on_one_line(row.raw);
  CLAIMFERRY_TRY(part_.append(changed ? std::string_view(*changed) : row.raw));
  CLAIMFERRY_TRY(part_.append("}\n"));
  auto& put = prepared(
      "INSERT OR REPLACE INTO resource_version (payer, member, resource_type, resource_id, "
      "version, change_hash, first_seen_at, parser_version, segment) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const std::string change_hash = to_hex(row.change_hash);
  put.text(commit.key.payer.str()).text(commit.key.job.member.str()).text(row.type).text(row.id);
  put.integer(judged.version).text(change_hash).text(judged.first_seen_at);
  return put.integer(parser_version).integer(segment_).run();
}

Result<void> NdjsonStore::put_quarantined(const SyncKey& key, WallTime at,
                                          const Unreadable& entry) {
  const std::string hash = to_hex(sha256(entry.raw));
  CLAIMFERRY_TRY(begin_line(key));
  auto& put = prepared("INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?, ?, ?)");
  put.text(key.payer.str()).text(key.job.member.str()).text(hash).text(entry.reason);
  CLAIMFERRY_TRY(put.integer(segment_).run());
  if (database().changes() == 0) {
    return {};
  }
  CLAIMFERRY_TRY(part_.append(
      quarantine_head({key, at, entry.type, entry.id, entry.reason, entry.pointer, entry.raw})));
  for (std::string_view left = entry.raw; !left.empty();) {
    const std::string_view piece = left.substr(0, base64_piece_bytes);
    CLAIMFERRY_TRY(part_.append(to_base64(piece)));
    left.remove_prefix(piece.size());
  }
  return part_.append("\"}\n");
}

Result<void> NdjsonStore::quarantine_page(const BadPage& page) {
  CLAIMFERRY_TRY(take_fence(page.key));
  const std::string_view raw = page.body.view().substr(0, limits::body_bytes_max);
  return put_quarantined(page.key, page.at, {raw, page.reason, {}, to_string(page.resource), {}});
}

Result<CloseReport> NdjsonStore::close(const SyncClose& close) {
  std::vector<Absent> all;
  auto report = close_sync(close, [&all](const Absent& absent) {
    all.push_back(absent);
    return Result<void>();
  });
  CLAIMFERRY_TRY(report);
  for (const Absent& absent : all) {
    CLAIMFERRY_TRY(put_absent(close, absent));
  }
  return report;
}

Result<void> NdjsonStore::put_absent(const SyncClose& close, const Absent& absent) {
  CLAIMFERRY_TRY(begin_line(close.key));
  CLAIMFERRY_TRY(part_.append(absent_line(close, absent.type, absent.id, absent.version)));
  auto& note = prepared(
      "UPDATE resource_version SET segment = ? WHERE payer = ? AND member = ? AND "
      "resource_type = ? AND resource_id = ?");
  note.integer(segment_).text(close.key.payer.str()).text(close.key.job.member.str());
  return note.text(absent.type).text(absent.id).run();
}

bool NdjsonStore::is_due() const {
  return part_.bytes() >= options_.segment_bytes ||
         (part_.bytes() > 0 && part_.age() >= options_.segment_age);
}

Result<bool> NdjsonStore::is_wanted() {
  auto& ask = prepared("SELECT 1 FROM segment WHERE name = ? AND wanted <> 0");
  auto row = ask.text(part_.name()).step();
  CLAIMFERRY_TRY(row);
  ask.reset();
  return *row;
}

Duration NdjsonStore::rest() const {
  if (is_due() && !tend_failed_) {
    return Duration::zero();
  }
  const Duration watch = limits::segment_watch_interval;
  return part_.bytes() == 0 ? options_.segment_age : std::min(watch, options_.segment_age);
}

// What fails is tried again at the next rest's end, and before the next transaction.
void NdjsonStore::tend() {
  Result<void> done;
  if (part_.bytes() > 0) {
    const auto wanted = is_wanted();
    done = is_due() || (wanted && *wanted) ? part_.finish() : Result<void>();
  }
  if (done && clock_.steady() - adopted_at_ >= options_.segment_age) {
    done = adopt_parts();
  }
  tend_failed_ = !done;
}

}  // namespace claimferry::claims
