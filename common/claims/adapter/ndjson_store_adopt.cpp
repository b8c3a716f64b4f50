// What processes left that have ended: their parts, cut where their last transaction ended, become
// segments. Of a living one's part the lock tells.
#include <system_error>

#include "common/base/try.hpp"
#include "common/claims/adapter/ndjson_store.hpp"

namespace claimferry::claims {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view rewrite_ending = ".rewrite";

// Without their endings.
Result<std::vector<std::string>> names_in(const fs::path& directory, std::string_view ending) {
  std::vector<std::string> names;
  std::error_code ec;
  fs::directory_iterator entries(directory, ec);
  for (; !ec && entries != fs::directory_iterator(); entries.increment(ec)) {
    std::string name = entries->path().filename().string();
    if (name.ends_with(ending)) {
      name.resize(name.size() - ending.size());
      names.push_back(std::move(name));
    }
  }
  if (ec) {
    return Failure{FailureKind::local, "sink_unavailable",
                   "cannot list " + directory.string() + " (" + ec.message() + ")"};
  }
  return names;
}

std::int64_t as_column(std::uint64_t bytes) {
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

// Under the state's lock, which each rewriting holds, too: whose rewriting it was has ended.
Result<void> NdjsonStore::note_found() {
  const auto rewritten = names_in(options_.directory, rewrite_ending);
  if (!rewritten) {
    return rewritten.failure();
  }
  for (const std::string& name : *rewritten) {
    CLAIMFERRY_TRY(disk_.remove(path(name, rewrite_ending)));
  }
  const auto segments = names_in(options_.directory, segment_ending);
  if (!segments) {
    return segments.failure();
  }
  for (const std::string& name : *segments) {
    CLAIMFERRY_TRY(note_found_segment(name));
  }
  return {};
}

// An erasure leaves it shorter than the state says, where it was broken off. Longer ones, and those
// of which the state knows nothing, have lines that it does not remember: it was put back from a
// backup. What is seen is written again then, or a forgotten line would stand against it.
Result<void> NdjsonStore::note_found_segment(const std::string& name) {
  std::error_code gone;
  const auto bytes = as_column(fs::file_size(path(name, segment_ending), gone));
  auto& ask = prepared("SELECT bytes FROM segment WHERE name = ?");
  auto row = ask.text(name).step();
  CLAIMFERRY_TRY(row);
  const std::int64_t known = *row ? ask.integer_at(0) : -1;
  ask.reset();
  if (gone || known == bytes) {
    return {};
  }
  if (known < bytes) {
    CLAIMFERRY_TRY(prepared("UPDATE resource_version SET change_hash = ''").run());
  }
  auto& note = prepared(
      "INSERT INTO segment (name, bytes, synced, boot, indexed) VALUES (?1, ?2, ?2, '', 0) "
      "ON CONFLICT (name) DO UPDATE SET indexed = 0, bytes = excluded.bytes");
  return note.text(name).integer(bytes).run();
}

Result<std::vector<NdjsonStore::Left>> NdjsonStore::find_left(bool state_is_fresh) {
  const auto names = names_in(options_.directory, part_ending);
  if (!names) {
    return names.failure();
  }
  std::vector<Left> all;
  for (const std::string& name : *names) {
    auto file = disk_.adopt(path(name, part_ending));
    CLAIMFERRY_TRY(file);
    if (!*file) {
      continue;
    }
    Left& left = all.emplace_back();
    left.file = std::move(**file);
    left.name = name;
    const auto bytes = disk_.bytes_of(left.file);
    if (!bytes) {
      return bytes.failure();
    }
    left.bytes_found = *bytes;
    CLAIMFERRY_TRY(judge_left(left, state_is_fresh));
  }
  return all;
}

Result<void> NdjsonStore::judge_left(Left& left, bool state_is_fresh) {
  auto& ask = prepared("SELECT id, bytes, synced, boot FROM segment WHERE name = ?");
  auto row = ask.text(left.name).step();
  CLAIMFERRY_TRY(row);
  if (!*row) {
    return judge_unknown(left, state_is_fresh);
  }
  const std::int64_t id = ask.integer_at(0);
  left.bytes = static_cast<std::uint64_t>(ask.integer_at(1));
  const auto synced = static_cast<std::uint64_t>(ask.integer_at(2));
  const bool same_boot = ask.text_at(3) == boot_;
  ask.reset();
  if (left.bytes_found < left.bytes || (!same_boot && synced < left.bytes)) {
    const auto end = end_of_last_line(disk_, left.file, std::min(left.bytes_found, synced));
    if (!end) {
      return end.failure();
    }
    left.bytes = *end;
    CLAIMFERRY_TRY(forget_lines(id));
    auto& note = prepared("UPDATE segment SET bytes = ?, synced = ? WHERE id = ?");
    note.integer(as_column(left.bytes)).integer(as_column(left.bytes));
    CLAIMFERRY_TRY(note.integer(id).run());
  }
  return left.bytes == 0 ? forget_segment(id) : Result<void>();
}

// A state that knows nothing lost its memory, and every whole line counts. One that knows others
// has committed none of these lines.
Result<void> NdjsonStore::judge_unknown(Left& left, bool state_is_fresh) {
  if (!state_is_fresh) {
    return {};
  }
  const auto end = end_of_last_line(disk_, left.file, left.bytes_found);
  if (!end) {
    return end.failure();
  }
  left.bytes = *end;
  if (left.bytes == 0) {
    return {};
  }
  auto& note = prepared(
      "INSERT INTO segment (name, bytes, synced, boot, indexed) VALUES (?1, ?2, ?2, '', 0)");
  note.text(left.name);
  return note.integer(as_column(left.bytes)).run();
}

// Lines that a power loss took: whatever of their members is seen again is new.
Result<void> NdjsonStore::forget_lines(std::int64_t segment) {
  for (const std::string_view sql :
       {"UPDATE resource_version SET change_hash = '', absent_at = NULL WHERE segment = ?",
        "DELETE FROM quarantine WHERE segment = ?",
        "DELETE FROM cursor WHERE (payer, member) IN "
        "(SELECT payer, member FROM holds WHERE segment = ?)"}) {
    CLAIMFERRY_TRY(prepared(sql).integer(segment).run());
  }
  return {};
}

Result<void> NdjsonStore::forget_segment(std::int64_t segment) {
  CLAIMFERRY_TRY(prepared("DELETE FROM holds WHERE segment = ?").integer(segment).run());
  return prepared("DELETE FROM segment WHERE id = ?").integer(segment).run();
}

// The state has committed to it; each step may be done again.
Result<void> NdjsonStore::finish_left(const std::vector<Left>& all) {
  for (const Left& left : all) {
    const auto part = path(left.name, part_ending);
    if (left.bytes == 0) {
      CLAIMFERRY_TRY(disk_.remove(part));
      continue;
    }
    if (left.bytes < left.bytes_found) {
      CLAIMFERRY_TRY(disk_.cut(left.file, left.bytes));
    }
    CLAIMFERRY_TRY(disk_.sync(left.file));
    CLAIMFERRY_TRY(disk_.rename(part, path(left.name, segment_ending)));
  }
  return all.empty() ? Result<void>() : disk_.sync_directory(options_.directory);
}

Result<void> NdjsonStore::adopt_parts() {
  adopted_at_ = clock_.steady();
  CLAIMFERRY_TRY(SqliteMemberState::begin());
  auto left = find_left(false);
  if (!left) {
    SqliteMemberState::roll_back();
    return std::move(left.failure());
  }
  if (auto done = SqliteMemberState::commit_transaction(); !done) {
    SqliteMemberState::roll_back();
    return done;
  }
  return finish_left(*left);
}

}  // namespace claimferry::claims
