#include <algorithm>

#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

struct Bound {
  double score;
  bool exclusive;
  bool admits_above(double value) const { return exclusive ? value > score : value >= score; }
  bool admits_below(double value) const { return exclusive ? value < score : value <= score; }
};

Bound bound_argument(const std::string& argument) {
  const bool exclusive = argument.starts_with('(');
  const auto score = parse_score(std::string_view(argument).substr(exclusive ? 1 : 0));
  if (!score) {
    throw CommandError{"ERR min or max is not a float"};
  }
  return {*score, exclusive};
}

using Row = std::pair<double, std::string>;

std::vector<Row> by_score(const SortedSetValue* set, const Bound& low, const Bound& high) {
  std::vector<Row> rows;
  if (set != nullptr) {
    for (const Row& row : set->order) {
      if (low.admits_above(row.first) && high.admits_below(row.first)) {
        rows.push_back(row);
      }
    }
  }
  return rows;
}

std::vector<Row> by_rank(const SortedSetValue* set, std::int64_t first, std::int64_t last,
                         bool reverse) {
  std::vector<Row> rows;
  if (set == nullptr) {
    return rows;
  }
  std::vector<Row> all(set->order.begin(), set->order.end());
  if (reverse) {
    std::ranges::reverse(all);
  }
  const auto count = static_cast<std::int64_t>(all.size());
  first = std::max<std::int64_t>(first < 0 ? first + count : first, 0);
  last = std::min(last < 0 ? last + count : last, count - 1);
  for (std::int64_t at = first; at <= last; ++at) {
    rows.push_back(all[static_cast<std::size_t>(at)]);
  }
  return rows;
}

Reply rows_reply(const std::vector<Row>& rows, bool with_scores) {
  Reply::Array values;
  for (const auto& [score, member] : rows) {
    values.push_back(text(member));
    if (with_scores) {
      values.push_back(text(format_score(score)));
    }
  }
  return Reply{std::move(values)};
}

void limit(std::vector<Row>& rows, std::int64_t offset, std::int64_t count) {
  const auto skip = std::min<std::size_t>(static_cast<std::size_t>(offset), rows.size());
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(skip));
  if (count >= 0 && rows.size() > static_cast<std::size_t>(count)) {
    rows.resize(static_cast<std::size_t>(count));
  }
}

struct RangeOptions {
  bool by_score = false;
  bool reverse = false;
  bool with_scores = false;
  std::int64_t offset = 0;
  std::int64_t count = -1;
};

RangeOptions range_options(const Arguments& command, std::size_t at) {
  RangeOptions options;
  for (; at < command.size(); ++at) {
    const std::string word = upper(command[at]);
    if (word == "BYSCORE") {
      options.by_score = true;
    } else if (word == "REV") {
      options.reverse = true;
    } else if (word == "WITHSCORES") {
      options.with_scores = true;
    } else if (word == "LIMIT" && at + 2 < command.size()) {
      options.offset = integer_argument(command[at + 1]);
      options.count = integer_argument(command[at + 2]);
      at += 2;
    } else {
      throw CommandError{"ERR syntax error"};
    }
  }
  return options;
}

Reply range_by_score(Keyspace& keys, const Arguments& command, const RangeOptions& options) {
  const std::string& low = options.reverse ? command[3] : command[2];
  const std::string& high = options.reverse ? command[2] : command[3];
  auto rows =
      by_score(keys.find<SortedSetValue>(command[1]), bound_argument(low), bound_argument(high));
  if (options.reverse) {
    std::ranges::reverse(rows);
  }
  limit(rows, options.offset, options.count);
  return rows_reply(rows, options.with_scores);
}

Reply zrange(Keyspace& keys, const Arguments& command) {
  const RangeOptions options = range_options(command, 4);
  if (options.by_score) {
    return range_by_score(keys, command, options);
  }
  const auto rows = by_rank(keys.find<SortedSetValue>(command[1]), integer_argument(command[2]),
                            integer_argument(command[3]), options.reverse);
  return rows_reply(rows, options.with_scores);
}
Reply zrevrange(Keyspace& keys, const Arguments& command) {
  Arguments reversed = command;
  reversed.push_back("REV");
  return zrange(keys, reversed);
}
Reply zrangebyscore(Keyspace& keys, const Arguments& command) {
  return range_by_score(keys, command, range_options(command, 4));
}
Reply zrevrangebyscore(Keyspace& keys, const Arguments& command) {
  RangeOptions options = range_options(command, 4);
  options.reverse = true;
  return range_by_score(keys, command, options);
}

Reply zadd(Keyspace& keys, const Arguments& command) {
  bool only_new = false;
  bool only_old = false;
  bool greater = false;
  bool less = false;
  bool count_changed = false;
  std::size_t at = 2;
  for (; at < command.size(); ++at) {
    const std::string word = upper(command[at]);
    bool* flag = word == "NX"   ? &only_new
                 : word == "XX" ? &only_old
                 : word == "GT" ? &greater
                 : word == "LT" ? &less
                 : word == "CH" ? &count_changed
                                : nullptr;
    if (flag == nullptr) {
      break;
    }
    *flag = true;
  }
  if (at >= command.size() || (command.size() - at) % 2 != 0) {
    throw CommandError{"ERR syntax error"};
  }
  for (std::size_t pair = at; pair < command.size(); pair += 2) {
    score_argument(command[pair]);  // all or nothing, as Redis does
  }
  auto& set = keys.get_or_create<SortedSetValue>(command[1]);
  std::int64_t counted = 0;
  for (; at < command.size(); at += 2) {
    const double score = score_argument(command[at]);
    const auto found = set.scores.find(command[at + 1]);
    const bool known = found != set.scores.end();
    const double before = known ? found->second : 0;
    const bool refused = (known && only_new) || (!known && only_old) ||
                         (known && greater && score <= before) ||
                         (known && less && score >= before);
    if (!refused) {
      set.put(command[at + 1], score);
      counted += !known || (count_changed && score != before) ? 1 : 0;
    }
  }
  keys.drop_if_empty(command[1]);
  return integer(counted);
}

Reply zrem(Keyspace& keys, const Arguments& command) {
  auto* set = keys.find<SortedSetValue>(command[1]);
  std::int64_t erased = 0;
  for (std::size_t at = 2; set != nullptr && at < command.size(); ++at) {
    erased += set->erase(command[at]) ? 1 : 0;
  }
  keys.drop_if_empty(command[1]);
  return integer(erased);
}

Reply score_of(const SortedSetValue* set, const std::string& member) {
  if (set == nullptr) {
    return Reply{};
  }
  const auto found = set->scores.find(member);
  return found == set->scores.end() ? Reply{} : text(format_score(found->second));
}
Reply zscore(Keyspace& keys, const Arguments& command) {
  return score_of(keys.find<SortedSetValue>(command[1]), command[2]);
}
Reply zmscore(Keyspace& keys, const Arguments& command) {
  Reply::Array scores;
  for (std::size_t at = 2; at < command.size(); ++at) {
    scores.push_back(score_of(keys.find<SortedSetValue>(command[1]), command[at]));
  }
  return Reply{std::move(scores)};
}

Reply zcard(Keyspace& keys, const Arguments& command) {
  const auto* set = keys.find<SortedSetValue>(command[1]);
  return integer(set == nullptr ? 0 : static_cast<std::int64_t>(set->scores.size()));
}
Reply zcount(Keyspace& keys, const Arguments& command) {
  const auto rows = by_score(keys.find<SortedSetValue>(command[1]), bound_argument(command[2]),
                             bound_argument(command[3]));
  return integer(static_cast<std::int64_t>(rows.size()));
}

Reply zincrby(Keyspace& keys, const Arguments& command) {
  auto& set = keys.get_or_create<SortedSetValue>(command[1]);
  const auto found = set.scores.find(command[3]);
  const double score = (found == set.scores.end() ? 0 : found->second) + score_argument(command[2]);
  set.put(command[3], score);
  return text(format_score(score));
}

Reply pop(Keyspace& keys, const Arguments& command, bool from_end) {
  auto* set = keys.find<SortedSetValue>(command[1]);
  const std::int64_t count = command.size() > 2 ? integer_argument(command[2]) : 1;
  const auto rows = by_rank(set, 0, count - 1, from_end);
  for (const auto& [score, member] : rows) {
    set->erase(member);
  }
  keys.drop_if_empty(command[1]);
  return rows_reply(rows, true);
}
Reply zpopmin(Keyspace& keys, const Arguments& command) {
  return pop(keys, command, false);
}
Reply zpopmax(Keyspace& keys, const Arguments& command) {
  return pop(keys, command, true);
}

Reply zrank(Keyspace& keys, const Arguments& command) {
  const auto* set = keys.find<SortedSetValue>(command[1]);
  if (set == nullptr || !set->scores.contains(command[2])) {
    return Reply{};
  }
  const auto place = set->order.find({set->scores.at(command[2]), command[2]});
  return integer(std::distance(set->order.begin(), place));
}

Reply remove_rows(Keyspace& keys, const std::string& key, const std::vector<Row>& rows) {
  auto* set = keys.find<SortedSetValue>(key);
  for (const auto& [score, member] : rows) {
    set->erase(member);
  }
  keys.drop_if_empty(key);
  return integer(static_cast<std::int64_t>(rows.size()));
}
Reply zremrangebyscore(Keyspace& keys, const Arguments& command) {
  return remove_rows(keys, command[1],
                     by_score(keys.find<SortedSetValue>(command[1]), bound_argument(command[2]),
                              bound_argument(command[3])));
}
Reply zremrangebyrank(Keyspace& keys, const Arguments& command) {
  return remove_rows(keys, command[1],
                     by_rank(keys.find<SortedSetValue>(command[1]), integer_argument(command[2]),
                             integer_argument(command[3]), false));
}

}  // namespace

const CommandTable& sorted_set_commands() {
  static const CommandTable table{{"ZADD", {zadd, 4}},
                                  {"ZREM", {zrem, 3}},
                                  {"ZSCORE", {zscore, 3}},
                                  {"ZMSCORE", {zmscore, 3}},
                                  {"ZCARD", {zcard, 2}},
                                  {"ZCOUNT", {zcount, 4}},
                                  {"ZRANGE", {zrange, 4}},
                                  {"ZREVRANGE", {zrevrange, 4}},
                                  {"ZRANGEBYSCORE", {zrangebyscore, 4}},
                                  {"ZREVRANGEBYSCORE", {zrevrangebyscore, 4}},
                                  {"ZINCRBY", {zincrby, 4}},
                                  {"ZPOPMIN", {zpopmin, 2}},
                                  {"ZPOPMAX", {zpopmax, 2}},
                                  {"ZRANK", {zrank, 3}},
                                  {"ZREMRANGEBYSCORE", {zremrangebyscore, 4}},
                                  {"ZREMRANGEBYRANK", {zremrangebyrank, 4}}};
  return table;
}

}  // namespace claimferry::world
