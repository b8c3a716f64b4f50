// What an erasure takes: the state first, with a tombstone and a line that tells readers of copies;
// then the lines, segment by segment.
#include <system_error>

#include "common/base/limits.hpp"
#include "common/base/try.hpp"
#include "common/claims/adapter/ndjson_store.hpp"
#include "common/claims/adapter/segment_line.hpp"

namespace claimferry::claims {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view rewrite_ending = ".rewrite";

bool is_there(const fs::path& path) {
  std::error_code ec;
  return fs::exists(path, ec);
}

}  // namespace

Result<void> NdjsonStore::erase(const SyncKey& key, WallTime at) {
  CLAIMFERRY_TRY(take_fence(key));
  CLAIMFERRY_TRY(run_for("DELETE FROM resource_version WHERE payer = ? AND member = ?", key));
  CLAIMFERRY_TRY(run_for("DELETE FROM quarantine WHERE payer = ? AND member = ?", key));
  CLAIMFERRY_TRY(bury(key, at));
  CLAIMFERRY_TRY(
      run_for("UPDATE segment SET wanted = 1 WHERE id IN "
              "(SELECT segment FROM holds WHERE payer = ? AND member = ?)",
              key));
  must_sync_ = true;
  CLAIMFERRY_TRY(part_.ensure());
  return part_.append(erase_line(key, at));
}

Result<void> NdjsonStore::clear_member(const SyncKey& key) {
  CLAIMFERRY_TRY(part_.finish());
  CLAIMFERRY_TRY(adopt_parts());
  const auto segments = holding(key);
  if (!segments) {
    return segments.failure();
  }
  std::string busy;
  for (const Holding& segment : *segments) {
    if (is_there(path(segment.name, part_ending))) {
      busy = segment.name;
    } else {
      CLAIMFERRY_TRY(clear_segment(key, segment));
    }
  }
  if (!busy.empty()) {
    return Failure{FailureKind::local, "sink_busy",
                   "another worker still writes " + busy +
                       ", which holds the member; it ends it within a second or two"};
  }
  return clear_traces();
}

Result<std::vector<NdjsonStore::Holding>> NdjsonStore::holding(const SyncKey& key) {
  auto& ask = prepared(
      "SELECT s.id, s.name FROM segment s WHERE s.indexed = 0 OR s.id IN "
      "(SELECT segment FROM holds WHERE payer = ? AND member = ?) ORDER BY s.id");
  ask.text(key.payer.str()).text(key.job.member.str());
  std::vector<Holding> all;
  while (true) {
    auto row = ask.step();
    CLAIMFERRY_TRY(row);
    if (!*row) {
      return all;
    }
    all.push_back({ask.integer_at(0), ask.text_at(1)});
  }
}

// Under the state's lock: two that write the same segment anew would bring back what each took.
Result<void> NdjsonStore::clear_segment(const SyncKey& key, const Holding& segment) {
  CLAIMFERRY_TRY(SqliteMemberState::begin());
  const auto clear = [&]() -> Result<void> {
    Rewritten report;
    // Where its owner took it away, it is theirs.
    if (is_there(path(segment.name, segment_ending))) {
      const Erased erased{key.payer, key.job.member, key.job.fence};
      CLAIMFERRY_TRY(replace_segment(erased, segment, report));
    }
    if (report.dropped > 0) {
      auto& note = prepared("UPDATE segment SET bytes = ? WHERE id = ?");
      note.integer(static_cast<std::int64_t>(report.bytes));
      CLAIMFERRY_TRY(note.integer(segment.id).run());
    }
    if (report.holds_more) {
      return {};
    }
    auto& drop = prepared("DELETE FROM holds WHERE payer = ? AND member = ? AND segment = ?");
    drop.text(key.payer.str()).text(key.job.member.str());
    return drop.integer(segment.id).run();
  };
  auto done = clear();
  if (done) {
    done = SqliteMemberState::commit_transaction();
  }
  if (!done) {
    SqliteMemberState::roll_back();
  }
  return done;
}

Result<void> NdjsonStore::replace_segment(const Erased& erased, const Holding& segment,
                                          Rewritten& report) {
  const fs::path whole = path(segment.name, segment_ending);
  const fs::path anew = path(segment.name, rewrite_ending);
  const auto replace = [&]() -> Result<void> {
    auto from = disk_.open(whole);
    CLAIMFERRY_TRY(from);
    auto to = disk_.create(anew);
    CLAIMFERRY_TRY(to);
    auto rewritten = rewrite_segment(disk_, *from, *to, erased);
    CLAIMFERRY_TRY(rewritten);
    report = *rewritten;
    if (report.dropped == 0) {
      return disk_.remove(anew);
    }
    if (report.bytes == 0) {
      CLAIMFERRY_TRY(disk_.remove(anew));
      CLAIMFERRY_TRY(disk_.remove(whole));
    } else {
      CLAIMFERRY_TRY(disk_.sync(*to));
      CLAIMFERRY_TRY(disk_.rename(anew, whole));
    }
    return disk_.sync_directory(options_.directory);
  };
  CLAIMFERRY_TRY(disk_.remove(anew));
  auto done = replace();
  if (!done) {
    static_cast<void>(disk_.remove(anew));
  }
  return done;
}

}  // namespace claimferry::claims
