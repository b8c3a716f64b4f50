#include "common/queue/queue_keys.hpp"

#include <algorithm>

namespace claimferry::queue {
namespace {

using Look = QueueKey::Look;
using Turn = QueueKey::Turn;

struct Line {
  std::string_view name;  // of a family: its beginning, with the colon
  std::string_view type;
  std::string_view check;
  Look look;
  Turn turn = Turn::single;
};

// In the order in which fsck looks: `uniq` and `busy` know what a job was that lost its hash.
constexpr Line singles[] = {
    {"meta", "hash", "numbers", Look::itself},
    {"leader", "hash", "numbers", Look::itself},
    {"passed", "hash", "numbers", Look::itself},
    {"counters", "hash", "numbers", Look::itself},
    {"fence", "string", "fence", Look::itself},
    {"uniq", "hash", "uniq", Look::pairs},
    {"busy", "hash", "busy", Look::pairs},
    {"running", "zset", "running", Look::members},
    {"delayed", "zset", "delayed", Look::members},
    {"dead", "zset", "dead", Look::members},
    {"done", "zset", "done", Look::members},
    {"reruns", "zset", "reruns", Look::members},
    {"paused", "hash", "paused", Look::pairs},
    {"resumes", "zset", "resumes", Look::members},
    {"open_batches", "zset", "open_batches", Look::members},
    {"batches", "zset", "listed_batches", Look::members},
    {"lastok", "zset", "lastok", Look::members},
    {"consents", "zset", "", Look::none},
    {"erasing", "zset", "erasing", Look::members},
    {"erase_at", "zset", "erase_at", Look::members},
    {"unrecorded", "zset", "", Look::none},
    {"ready_erase", "zset", "ready_erase", Look::members},
    {"load", "hash", "", Look::none},
    {"live", "hash", "", Look::none},
    {"states", "hash", "", Look::none},
    {"payers", "set", "", Look::none},
    {"workers", "zset", "", Look::none},
    {"wake", "list", "", Look::none},
    {"inbox", "stream", "", Look::none},
    {"commands", "stream", "", Look::none},
    {"rejected", "stream", "", Look::none},
    {"audit", "stream", "", Look::none},
    {"audit_head", "hash", "", Look::none},
};

constexpr Line families[] = {
    {"job:", "hash", "jobs", Look::itself, Turn::owner},
    {"member:", "hash", "members", Look::itself, Turn::owner},
    {"batch:", "hash", "batches", Look::itself, Turn::owner},
    {"m:", "zset", "runnable", Look::small_set, Turn::index},
    {"waits:", "zset", "waits", Look::small_set, Turn::index},
    {"ready:", "zset", "ready", Look::members, Turn::index},
    {"due:", "zset", "due", Look::members, Turn::index},
    {"keepalive:", "zset", "keepalive", Look::members, Turn::index},
    {"cursor:", "string", "cursors", Look::itself, Turn::index},
    {"quota:", "hash", "numbers", Look::itself, Turn::index},
    {"grants:", "hash", "numbers", Look::itself, Turn::index},
    {"refused:", "zset", "", Look::none, Turn::index},
    {"left:", "string", "", Look::none, Turn::index},
    {"flight:", "hash", "", Look::none, Turn::index},
    {"terms:", "hash", "", Look::none, Turn::index},
    {"command:", "hash", "", Look::none, Turn::index},
};

QueueKey key_of(const Line& line, std::string_view name) {
  return {line.type, line.check, line.look, line.turn, std::string(name)};
}

// "batch:<id>:jobs", "batch:<id>:left".
std::optional<QueueKey> part_of_batch(std::string_view id, std::string_view part) {
  if (part == "jobs") {
    return QueueKey{"zset", "batch_jobs", Look::members, Turn::index, std::string(id)};
  }
  if (part == "left") {
    return QueueKey{"list", "batch_parts", Look::itself, Turn::index, std::string(id)};
  }
  return std::nullopt;
}

std::optional<QueueKey> key_of_family(const Line& line, std::string_view rest) {
  const auto colon = rest.find(':');
  if (rest.empty() || colon == 0) {
    return std::nullopt;
  }
  if (line.name == "ready:") {
    const std::string_view lane = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
    const bool known = lane == "urgent" || lane == "routine" || lane == "backfill";
    return known ? std::optional(key_of(line, rest)) : std::nullopt;
  }
  if (line.name == "batch:" && colon != std::string_view::npos) {
    return part_of_batch(rest.substr(0, colon), rest.substr(colon + 1));
  }
  if (colon != std::string_view::npos) {
    return std::nullopt;
  }
  // What is reckoned with stands in a table by the key's name.
  const bool is_told_whole = line.check == "numbers";
  return key_of(line,
                is_told_whole ? std::string(line.name) + std::string(rest) : std::string(rest));
}

}  // namespace

std::optional<QueueKey> queue_key(std::string_view name) {
  for (const Line& line : singles) {
    if (line.name == name) {
      return key_of(line, name);
    }
  }
  for (const Line& line : families) {
    if (name.starts_with(line.name)) {
      return key_of_family(line, name.substr(line.name.size()));
    }
  }
  return std::nullopt;
}

bool is_aside(std::string_view name) {
  return name.starts_with("aside:");
}

std::vector<std::string_view> single_queue_keys() {
  std::vector<std::string_view> names;
  for (const Line& line : singles) {
    if (line.look != Look::none) {
      names.push_back(line.name);
    }
  }
  return names;
}

}  // namespace claimferry::queue
