#include "common/queue/adapter/queue_counts.hpp"

#include <cstdlib>

#include "common/base/limits.hpp"
#include "common/queue/queue_keys.hpp"

namespace claimferry::queue {
namespace {

constexpr unsigned walks_max = 6;
const std::string stamp_name;  // no payer, lane or state has an empty name

using Numbers = std::map<std::string, std::string>;

std::string value(const Numbers& numbers, const std::string& name) {
  const auto found = numbers.find(name);
  return found == numbers.end() ? "0" : found->second;
}

void add(const Numbers& counted, Numbers& totals) {
  for (const auto& [name, number] : counted) {
    const long long so_far = std::atoll(value(totals, name).c_str());
    totals[name] = std::to_string(so_far + std::atoll(number.c_str()));
  }
}

// Of a walk's totals those of one count: "live aetna routine" → "aetna routine".
Numbers part_of(const Numbers& totals, const std::string& count) {
  Numbers part;
  for (const auto& [name, number] : totals) {
    if (name.starts_with(count + " ")) {
      part[name.substr(count.size() + 1)] = number;
    }
  }
  return part;
}

// Names that stand otherwise than they were counted.
std::vector<std::string> differing(const Numbers& stands, const Numbers& counted) {
  std::vector<std::string> names;
  for (const auto& [name, number] : counted) {
    if (value(stands, name) != number) {
      names.push_back(name);
    }
  }
  for (const auto& [name, number] : stands) {
    if (name != stamp_name && !counted.contains(name) && number != "0") {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace

awaitable<Result<void>> QueueCounts::judge(bool with_load) {
  open_ = {{"live", {}}, {"states", {}}};
  if (with_load) {
    open_["load"];
  }
  for (unsigned number = 0; number < walks_max && !open_.empty(); ++number) {
    for (auto& [name, count] : open_) {
      auto stands = co_await standing(name);
      if (!stands) {
        co_return std::move(stands.failure());
      }
      if (*stands != count.stands) {
        count.wrong.reset();
      }
      count.stands = std::move(*stands);
    }
    auto totals = co_await walk();
    if (!totals) {
      co_return std::move(totals.failure());
    }
    for (auto at = open_.begin(); at != open_.end();) {
      auto settled = co_await settle(at->first, part_of(*totals, at->first));
      if (!settled) {
        co_return std::move(settled.failure());
      }
      at = *settled ? open_.erase(at) : std::next(at);
    }
  }
  for (const auto& [name, count] : open_) {
    report_.add_unjudged(name);
  }
  co_return Result<void>();
}

awaitable<Result<QueueCounts::Numbers>> QueueCounts::standing(std::string name) {
  std::vector<std::string> one{std::move(name)};
  CheckRequest request{"count", "", std::move(one), false};
  auto reply = co_await check_.check(std::move(request));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return std::move(reply->numbers);
}

awaitable<Result<QueueCounts::Numbers>> QueueCounts::walk() {
  Numbers totals;
  std::string from = "0";
  do {
    auto page = co_await check_.keys(from);
    if (!page) {
      co_return std::move(page.failure());
    }
    std::map<std::string, std::vector<std::string>> by_kind;
    for (const std::string& name : page->items) {
      const auto key = queue_key(name);
      if (key && (key->check == "jobs" || key->check == "members")) {
        by_kind["tally_" + std::string(key->check)].push_back(key->name);
      }
    }
    for (auto& [kind, items] : by_kind) {
      const auto counted = co_await tally(kind, std::move(items));
      if (!counted) {
        co_return counted.failure();
      }
      add(*counted, totals);
    }
    from = page->next;
  } while (from != "0");
  co_return totals;
}

awaitable<Result<QueueCounts::Numbers>> QueueCounts::tally(std::string kind,
                                                           std::vector<std::string> items) {
  Numbers totals;
  for (std::size_t begin = 0; begin < items.size(); begin += limits::script_items_max) {
    const auto first = items.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(limits::script_items_max, items.size() - begin);
    std::vector<std::string> some(first, first + static_cast<std::ptrdiff_t>(count));
    CheckRequest request{kind, "", std::move(some), false};
    auto reply = co_await check_.check(std::move(request));
    if (!reply) {
      co_return std::move(reply.failure());
    }
    add(reply->numbers, totals);
  }
  co_return totals;
}

awaitable<Result<bool>> QueueCounts::settle(std::string name, Numbers counted) {
  Count& count = open_[name];
  const auto stands = co_await standing(name);
  if (!stands) {
    co_return stands.failure();
  }
  if (*stands != count.stands) {
    count.wrong.reset();
    co_return false;
  }
  const auto names = differing(count.stands, counted);
  if (names.empty()) {
    co_return true;
  }
  // A walk may meet a key twice while Redis rearranges its keys: one alone proves nothing.
  if (count.wrong != counted) {
    count.wrong = std::move(counted);
    co_return false;
  }
  bool mended = false;
  if (repair_) {
    auto set = co_await mend(name, value(count.stands, stamp_name), counted);
    if (!set) {
      co_return std::move(set.failure());
    }
    if (!*set) {
      count.wrong.reset();
      co_return false;
    }
    mended = true;
  }
  const std::string row = name == "load" ? "I5" : "counts";
  for (const std::string& each : names) {
    const std::string what =
        "says " + value(count.stands, each) + " and there are " + value(counted, each);
    report_.add({row, name + " of " + each, what, "set", mended, true});
  }
  co_return true;
}

awaitable<Result<bool>> QueueCounts::mend(std::string name, std::string stamp, Numbers counted) {
  std::vector<std::string> pairs;
  for (const auto& [each, number] : counted) {
    pairs.insert(pairs.end(), {each, number});
  }
  CheckRequest request{"set_count", name + " " + stamp, std::move(pairs), true};
  auto reply = co_await check_.check(std::move(request));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return reply->numbers.contains("set");
}

}  // namespace claimferry::queue
