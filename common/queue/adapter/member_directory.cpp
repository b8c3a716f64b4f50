#include "common/queue/adapter/member_directory.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {
namespace {

// The runnable ones, and those that are delayed.
constexpr std::array waiting_jobs_of{":m:", ":waits:"};

std::string member_prefix() {
  return std::string(root_key) + ":member:";
}

Failure unexpected() {
  return {FailureKind::permanent, "redis_reply", "Redis answered something unexpected"};
}

std::vector<std::string> texts_of(const redis::Reply& reply) {
  std::vector<std::string> texts;
  if (const auto* items = reply.array()) {
    for (const redis::Reply& item : *items) {
      texts.push_back(item.text() != nullptr ? *item.text() : std::string());
    }
  }
  return texts;
}

// One command whose error reply is a failure: a key that may not be read is not an absent one.
awaitable<Result<redis::Reply>> ask(redis::Client& redis, redis::Command command) {
  auto answer = co_await redis.command(std::move(command));
  if (!answer) {
    co_return std::move(answer.failure());
  }
  if (const redis::Error* error = answer->error()) {
    co_return failure_of(*error);
  }
  co_return std::move(*answer);
}

using Fields = std::map<std::string, std::string>;

awaitable<Result<Fields>> hash(redis::Client& redis, std::string key) {
  redis::Command command{"HGETALL", std::move(key)};
  auto answer = co_await ask(redis, std::move(command));
  if (!answer) {
    co_return std::move(answer.failure());
  }
  Fields fields;
  const auto texts = texts_of(*answer);
  for (std::size_t at = 0; at + 1 < texts.size(); at += 2) {
    fields[texts[at]] = texts[at + 1];
  }
  co_return fields;
}

}  // namespace

awaitable<Result<std::optional<MemberRecord>>> MemberDirectory::find(MemberId member) {
  MemberRecord record{member, {}, {}, {}, {}};
  auto facts = co_await hash(redis_, member_prefix() + member.str());
  if (!facts) {
    co_return std::move(facts.failure());
  }
  record.fields = std::move(*facts);
  if (record.fields.empty()) {
    co_return std::optional<MemberRecord>();
  }
  if (const auto terms = record.fields.find("consent_terms"); terms != record.fields.end()) {
    auto told = co_await hash(redis_, std::string(root_key) + ":terms:" + terms->second);
    if (!told) {
      co_return std::move(told.failure());
    }
    record.terms = std::move(*told);
  }
  for (const char* const jobs_of : waiting_jobs_of) {
    redis::Command waiting{"ZRANGE", std::string(root_key) + jobs_of + member.str(), "0", "99"};
    auto jobs = co_await ask(redis_, std::move(waiting));
    if (!jobs) {
      co_return std::move(jobs.failure());
    }
    std::ranges::move(texts_of(*jobs), std::back_inserter(record.waiting_jobs));
  }
  redis::Command busy{"HGET", std::string(root_key) + ":busy", member.str()};
  auto running = co_await ask(redis_, std::move(busy));
  if (!running) {
    co_return std::move(running.failure());
  }
  record.running_job = running->text() != nullptr ? *running->text() : std::string();
  co_return std::optional(std::move(record));
}

awaitable<Result<void>> MemberDirectory::note_use(MemberId member) {
  std::vector<std::string> arguments{member.str()};
  auto reply =
      co_await call_script(redis_, QueueScripts::shared()->member_used, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

awaitable<Result<MemberDirectory::EndingPage>> MemberDirectory::consents_ending(WallTime after,
                                                                                WallTime before,
                                                                                std::string from) {
  constexpr std::size_t page_max = 500;
  const auto score = [](WallTime at) { return std::to_string(at.time_since_epoch().count()); };
  redis::Command command{"ZRANGE",     std::string(root_key) + ":consents",
                         score(after), score(before),
                         "BYSCORE",    "LIMIT",
                         from,         std::to_string(page_max),
                         "WITHSCORES"};
  auto answer = co_await ask(redis_, std::move(command));
  if (!answer) {
    co_return std::move(answer.failure());
  }
  const auto texts = texts_of(*answer);
  EndingPage page;
  for (std::size_t at = 0; at + 1 < texts.size(); at += 2) {
    if (auto id = MemberId::parse(texts[at])) {
      page.consents.push_back({*id, WallTime(Duration(std::atoll(texts[at + 1].c_str())))});
    }
  }
  const bool is_last = texts.size() < 2 * page_max;
  page.next = is_last ? "0" : std::to_string(std::atoll(from.c_str()) + std::int64_t{page_max});
  co_return page;
}

awaitable<Result<MemberDirectory::Page>> MemberDirectory::scan(std::string from, unsigned keys) {
  return scan_under(member_prefix(), std::move(from), keys);
}

awaitable<Result<MemberDirectory::Page>> MemberDirectory::scan_tokens(std::string from,
                                                                      unsigned keys) {
  return scan_under(std::string(tokens_key_prefix), std::move(from), keys);
}

awaitable<Result<MemberDirectory::Page>> MemberDirectory::scan_under(std::string prefix,
                                                                     std::string from,
                                                                     unsigned keys) {
  redis::Command command{"SCAN",       std::move(from), "MATCH",
                         prefix + "*", "COUNT",         std::to_string(keys)};
  auto answer = co_await ask(redis_, std::move(command));
  if (!answer) {
    co_return std::move(answer.failure());
  }
  const auto* parts = answer->array();
  if (parts == nullptr || parts->size() != 2 || parts->front().text() == nullptr) {
    co_return unexpected();
  }
  Page page;
  page.next = *parts->front().text();
  for (const std::string& key : texts_of(parts->back())) {
    const bool is_member = key.starts_with(prefix);
    const auto id = is_member ? MemberId::parse(key.substr(prefix.size())) : std::nullopt;
    if (id) {
      page.members.push_back(*id);
    }
  }
  co_return page;
}

}  // namespace claimferry::queue
