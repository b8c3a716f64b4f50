#include <algorithm>
#include <cmath>
#include <iterator>

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
  if (set == nullptr) {
    return rows;
  }
  for (auto at = set->order.lower_bound({low.score, ""}); at != set->order.end(); ++at) {
    if (!high.admits_below(at->first)) {
      break;
    }
    if (low.admits_above(at->first)) {
      rows.push_back(*at);
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

// As Redis counts it: a negative offset skips everything, a negative count takes all.
void limit(std::vector<Row>& rows, std::int64_t offset, std::int64_t count) {
  const auto size = static_cast<std::int64_t>(rows.size());
  const std::int64_t skipped = offset < 0 ? size : std::min(offset, size);
  rows.erase(rows.begin(), rows.begin() + skipped);
  if (count >= 0 && count < size - skipped) {
    rows.resize(static_cast<std::size_t>(count));
  }
}

struct RangeOptions {
  bool by_score = false;
  bool reverse = false;
  bool with_scores = false;
  bool limited = false;
  std::int64_t offset = 0;
  std::int64_t count = -1;
};

// chosen: what the command's own name decides already.
RangeOptions range_options(const Arguments& command, bool is_zrange, RangeOptions chosen) {
  RangeOptions options = chosen;
  for (std::size_t at = 4; at < command.size(); ++at) {
    const std::string word = upper(command[at]);
    if (is_zrange && word == "BYSCORE") {
      options.by_score = true;
    } else if (is_zrange && word == "REV") {
      options.reverse = true;
    } else if (word == "WITHSCORES") {
      options.with_scores = true;
    } else if (word == "LIMIT" && at + 2 < command.size()) {
      options.limited = true;
      options.offset = integer_argument(command[at + 1]);
      options.count = integer_argument(command[at + 2]);
      at += 2;
    } else {
      throw CommandError{"ERR syntax error"};
    }
  }
  if (options.limited && !options.by_score) {
    throw CommandError{
        "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"};
  }
  return options;
}

Reply range(Keyspace& keys, const Arguments& command, const RangeOptions& options) {
  if (!options.by_score) {
    const std::int64_t first = integer_argument(command[2]);
    const std::int64_t last = integer_argument(command[3]);
    const auto* set = keys.find<SortedSetValue>(command[1]);
    return rows_reply(by_rank(set, first, last, options.reverse), options.with_scores);
  }
  const Bound low = bound_argument(command[options.reverse ? 3 : 2]);
  const Bound high = bound_argument(command[options.reverse ? 2 : 3]);
  auto rows = by_score(keys.find<SortedSetValue>(command[1]), low, high);
  if (options.reverse) {
    std::ranges::reverse(rows);
  }
  limit(rows, options.offset, options.count);
  return rows_reply(rows, options.with_scores);
}

Reply zrange(Keyspace& keys, const Arguments& command) {
  return range(keys, command, range_options(command, true, {}));
}
Reply zrevrange(Keyspace& keys, const Arguments& command) {
  return range(keys, command, range_options(command, false, {.reverse = true}));
}
Reply zrangebyscore(Keyspace& keys, const Arguments& command) {
  return range(keys, command, range_options(command, false, {.by_score = true}));
}
Reply zrevrangebyscore(Keyspace& keys, const Arguments& command) {
  return range(keys, command, range_options(command, false, {.by_score = true, .reverse = true}));
}

struct AddOptions {
  bool only_new = false;
  bool only_old = false;
  bool greater = false;
  bool less = false;
  bool count_changed = false;
  bool increment = false;
  std::size_t first_pair = 2;

  bool* flag(const std::string& word) {
    return word == "NX"     ? &only_new
           : word == "XX"   ? &only_old
           : word == "GT"   ? &greater
           : word == "LT"   ? &less
           : word == "CH"   ? &count_changed
           : word == "INCR" ? &increment
                            : nullptr;
  }
};

AddOptions add_options(const Arguments& command) {
  AddOptions options;
  std::size_t& at = options.first_pair;
  while (at < command.size()) {
    bool* flag = options.flag(upper(command[at]));
    if (flag == nullptr) {
      break;
    }
    *flag = true;
    ++at;
  }
  const std::size_t words = command.size() - at;
  if (words == 0 || words % 2 != 0) {
    throw CommandError{"ERR syntax error"};
  }
  if (options.only_new && options.only_old) {
    throw CommandError{"ERR XX and NX options at the same time are not compatible"};
  }
  if ((options.greater && options.less) ||
      (options.only_new && (options.greater || options.less))) {
    throw CommandError{"ERR GT, LT, and/or NX options at the same time are not compatible"};
  }
  if (options.increment && words > 2) {
    throw CommandError{"ERR INCR option supports a single increment-element pair"};
  }
  return options;
}

struct Added {
  bool refused = false;
  bool is_new = false;
  bool changed = false;
  double score = 0;
};

Added add(SortedSetValue& set, const AddOptions& options, double score, const std::string& member) {
  const auto found = set.scores.find(member);
  const bool known = found != set.scores.end();
  const double before = known ? found->second : 0;
  if (known ? options.only_new : options.only_old) {
    return {.refused = true};
  }
  if (options.increment && known) {
    score += before;
    if (std::isnan(score)) {
      throw CommandError{"ERR resulting score is not a number (NaN)"};
    }
  }
  if (known && ((options.greater && score <= before) || (options.less && score >= before))) {
    return {.refused = true};
  }
  set.put(member, score);
  return {false, !known, known && score != before, score};
}

Reply add_all(Keyspace& keys, const Arguments& command, const AddOptions& options) {
  std::vector<double> scores;
  for (std::size_t at = options.first_pair; at < command.size(); at += 2) {
    scores.push_back(score_argument(command[at]));  // all or nothing, as Redis does
  }
  const std::string& key = command[1];
  if (keys.find<SortedSetValue>(key) == nullptr && options.only_old) {
    return options.increment ? Reply{} : integer(0);
  }
  auto& set = keys.get_or_create<SortedSetValue>(key);
  std::int64_t counted = 0;
  Added last;
  for (std::size_t pair = 0; pair < scores.size(); ++pair) {
    last = add(set, options, scores[pair], command[options.first_pair + 2 * pair + 1]);
    counted += last.is_new || (options.count_changed && last.changed) ? 1 : 0;
  }
  if (options.increment) {
    return last.refused ? Reply{} : text(format_score(last.score));
  }
  return integer(counted);
}

Reply zadd(Keyspace& keys, const Arguments& command) {
  return add_all(keys, command, add_options(command));
}
Reply zincrby(Keyspace& keys, const Arguments& command) {
  return add_all(keys, command, {.increment = true});
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

std::vector<Row> rows_between(Keyspace& keys, const Arguments& command) {
  const Bound low = bound_argument(command[2]);
  const Bound high = bound_argument(command[3]);
  return by_score(keys.find<SortedSetValue>(command[1]), low, high);
}

Reply zcard(Keyspace& keys, const Arguments& command) {
  const auto* set = keys.find<SortedSetValue>(command[1]);
  return integer(set == nullptr ? 0 : static_cast<std::int64_t>(set->scores.size()));
}
Reply zcount(Keyspace& keys, const Arguments& command) {
  const auto rows = rows_between(keys, command);
  return integer(static_cast<std::int64_t>(rows.size()));
}

Reply pop(Keyspace& keys, const Arguments& command, bool from_end) {
  if (command.size() > 3) {
    throw CommandError{"ERR syntax error"};
  }
  const std::int64_t count = command.size() > 2 ? positive_argument(command[2]) : 1;
  auto* set = keys.find<SortedSetValue>(command[1]);
  if (count == 0) {
    return rows_reply({}, true);
  }
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

Reply rank(Keyspace& keys, const Arguments& command, bool from_end) {
  const auto* set = keys.find<SortedSetValue>(command[1]);
  if (set == nullptr || !set->scores.contains(command[2])) {
    return Reply{};
  }
  const auto place = set->order.find({set->scores.at(command[2]), command[2]});
  const auto before = std::distance(set->order.begin(), place);
  return integer(from_end ? std::ssize(set->order) - 1 - before : before);
}
Reply zrank(Keyspace& keys, const Arguments& command) {
  return rank(keys, command, false);
}
Reply zrevrank(Keyspace& keys, const Arguments& command) {
  return rank(keys, command, true);
}

Reply remove_rows(Keyspace& keys, const std::string& key, const std::vector<Row>& rows) {
  auto* set = keys.find<SortedSetValue>(key);
  for (const auto& [score, member] : rows) {
    set->erase(member);
  }
  keys.drop_if_empty(key);
  return integer(std::ssize(rows));
}
Reply zremrangebyscore(Keyspace& keys, const Arguments& command) {
  return remove_rows(keys, command[1], rows_between(keys, command));
}
Reply zremrangebyrank(Keyspace& keys, const Arguments& command) {
  const std::int64_t first = integer_argument(command[2]);
  const std::int64_t last = integer_argument(command[3]);
  const auto* set = keys.find<SortedSetValue>(command[1]);
  return remove_rows(keys, command[1], by_rank(set, first, last, false));
}

}  // namespace

const CommandTable& sorted_set_commands() {
  static const CommandTable table{{"ZADD", {zadd, -4}},
                                  {"ZREM", {zrem, -3}},
                                  {"ZSCORE", {zscore, 3}},
                                  {"ZMSCORE", {zmscore, -3}},
                                  {"ZCARD", {zcard, 2}},
                                  {"ZCOUNT", {zcount, 4}},
                                  {"ZRANGE", {zrange, -4}},
                                  {"ZREVRANGE", {zrevrange, -4}},
                                  {"ZRANGEBYSCORE", {zrangebyscore, -4}},
                                  {"ZREVRANGEBYSCORE", {zrevrangebyscore, -4}},
                                  {"ZINCRBY", {zincrby, 4}},
                                  {"ZPOPMIN", {zpopmin, -2}},
                                  {"ZPOPMAX", {zpopmax, -2}},
                                  {"ZRANK", {zrank, 3}},
                                  {"ZREVRANK", {zrevrank, 3}},
                                  {"ZREMRANGEBYSCORE", {zremrangebyscore, 4}},
                                  {"ZREMRANGEBYRANK", {zremrangebyrank, 4}}};
  return table;
}

}  // namespace claimferry::world
