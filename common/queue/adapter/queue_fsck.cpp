#include "common/queue/adapter/queue_fsck.hpp"

#include <algorithm>

#include "common/base/limits.hpp"
#include "common/queue/adapter/queue_counts.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {
namespace {

using Look = QueueKey::Look;
using Turn = QueueKey::Turn;

constexpr unsigned walks_max = 5;
// Of the dearest kind so many take Redis two milliseconds. An even number: pairs stay together.
constexpr std::size_t items_a_call = limits::script_items_max / 2;

std::string renaming(const std::string& name) {
  return "redis-cli RENAME '" + std::string(root_key) + ":" + name + "' 'old:" + name + "'";
}

// A key of another type: the check of types tells of it.
bool is_hidden(const Failure& failure) {
  return failure.code == "redis_wrongtype";
}

}  // namespace

awaitable<Result<FsckReport>> QueueFsck::run() {
  for (unsigned number = 0; number < walks_max; ++number) {
    report_.begin_walk();
    auto walked = co_await walk();
    if (!walked) {
      co_return std::move(walked.failure());
    }
    if (!repair_ || report_.mended_in_walk() == 0) {
      break;
    }
    if (number + 1 == walks_max) {
      report_.add_unjudged("the whole: something breaks it while it is mended");
    }
  }
  QueueCounts counts(check_, repair_, report_);
  auto judged = co_await counts.judge(!large_.empty());
  if (!judged) {
    co_return std::move(judged.failure());
  }
  co_return std::move(report_);
}

awaitable<Result<void>> QueueFsck::walk() {
  auto typed = co_await look_at_types();
  if (!typed) {
    co_return typed;
  }
  for (const std::string_view name : single_queue_keys()) {
    auto looked = co_await look_into(*queue_key(name), std::string(name));
    if (!looked) {
      co_return looked;
    }
  }
  for (const Turn turn : {Turn::index, Turn::owner}) {
    auto looked = co_await look_at_turn(turn);
    if (!looked) {
      co_return looked;
    }
  }
  Names one{"load"};
  large_.clear();
  co_return co_await look_at("load", "", std::move(one));
}

QueueFsck::Names QueueFsck::to_be_typed(const Names& names) {
  Names pairs;
  for (const std::string& name : names) {
    if (is_aside(name)) {
      report_.add_aside(std::string(root_key) + ":" + name);
    } else if (const auto key = queue_key(name)) {
      pairs.insert(pairs.end(), {name, std::string(key->type)});
    } else {
      report_.add({"keys", "key " + std::string(root_key) + ":" + name,
                   "bears a name that is not ours", "not touched; type: " + renaming(name), false,
                   false});
    }
  }
  return pairs;
}

awaitable<Result<void>> QueueFsck::look_at_types() {
  std::string from = "0";
  do {
    auto page = co_await check_.keys(from);
    if (!page) {
      co_return std::move(page.failure());
    }
    Names pairs = to_be_typed(page->items);
    auto looked = co_await look_at("keys", "", std::move(pairs));
    if (!looked) {
      co_return looked;
    }
    from = page->next;
  } while (from != "0");
  co_return Result<void>();
}

awaitable<Result<void>> QueueFsck::look_at_turn(Turn turn) {
  std::string from = "0";
  do {
    auto page = co_await check_.keys(from);
    if (!page) {
      co_return std::move(page.failure());
    }
    auto looked = co_await look_at_page(turn, std::move(page->items));
    if (!looked) {
      co_return looked;
    }
    from = page->next;
  } while (from != "0");
  co_return Result<void>();
}

awaitable<Result<void>> QueueFsck::look_at_page(Turn turn, Names names) {
  std::map<std::string, Names> themselves;  // by kind
  std::map<std::string, Names> small;       // by family
  for (const std::string& name : names) {
    auto key = queue_key(name);
    if (!key || key->turn != turn || key->look == Look::none) {
      continue;
    }
    if (key->look == Look::small_set) {
      small[name.substr(0, name.find(':') + 1)].push_back(std::move(key->name));
      continue;
    }
    if (key->look == Look::itself) {
      themselves[std::string(key->check)].push_back(std::move(key->name));
      continue;
    }
    auto looked = co_await look_into(std::move(*key), name);
    if (!looked) {
      co_return looked;
    }
  }
  for (auto& [kind, items] : themselves) {
    auto looked = co_await look_at(kind, "", std::move(items));
    if (!looked) {
      co_return looked;
    }
  }
  for (auto& [family, owners] : small) {
    auto looked = co_await look_at_small_sets(family, std::move(owners));
    if (!looked) {
      co_return looked;
    }
  }
  co_return Result<void>();
}

awaitable<Result<void>> QueueFsck::look_at_small_sets(std::string family, Names owners) {
  const std::string kind = std::string(queue_key(family + "x")->check) + "_sets";
  large_.clear();
  auto looked = co_await look_at(kind, "", std::move(owners));
  if (!looked) {
    co_return looked;
  }
  const Names large = std::exchange(large_, {});
  for (const std::string& owner : large) {
    looked = co_await look_into(*queue_key(family + owner), family + owner);
    if (!looked) {
      co_return looked;
    }
  }
  co_return Result<void>();
}

awaitable<Result<void>> QueueFsck::look_into(QueueKey key, std::string name) {
  const std::string kind(key.check);
  if (key.look == Look::itself) {
    Names one{std::move(key.name)};
    co_return co_await look_at(kind, "", std::move(one));
  }
  std::string from = "0";
  do {
    auto asked = key.look == Look::pairs ? check_.pairs(name, from) : check_.members(name, from);
    auto page = co_await std::move(asked);
    if (!page && is_hidden(page.failure())) {
      report_.add_hidden(1);
      break;
    }
    if (!page) {
      co_return std::move(page.failure());
    }
    auto looked = co_await look_at(kind, key.name, std::move(page->items));
    if (!looked) {
      co_return looked;
    }
    from = page->next;
  } while (from != "0");
  co_return Result<void>();
}

awaitable<Result<void>> QueueFsck::look_at(std::string kind, std::string context, Names items) {
  for (std::size_t begin = 0; begin < items.size(); begin += items_a_call) {
    const auto first = items.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(items_a_call, items.size() - begin);
    Names some(first, first + static_cast<std::ptrdiff_t>(count));
    CheckRequest request{kind, context, std::move(some), repair_};
    auto reply = co_await check_.check(std::move(request));
    if (!reply) {
      co_return std::move(reply.failure());
    }
    for (Finding& finding : reply->findings) {
      report_.add(std::move(finding));
    }
    report_.add_hidden(reply->hidden);
    for (const auto& [name, number] : reply->numbers) {
      large_.push_back(name);
    }
  }
  co_return Result<void>();
}

}  // namespace claimferry::queue
