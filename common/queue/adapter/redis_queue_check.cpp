#include "common/queue/adapter/redis_queue_check.hpp"

#include "common/base/assert.hpp"
#include "common/base/limits.hpp"
#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {
namespace {

constexpr auto keys_a_page = "500";
constexpr auto items_a_page = "100";

std::string under_root(std::string_view name) {
  return std::string(root_key) + ":" + std::string(name);
}

std::string text_of(const redis::Reply& reply) {
  return reply.text() == nullptr ? std::string() : *reply.text();
}

std::optional<Finding> finding_of(const redis::Reply& reply) {
  const auto* parts = reply.array();
  if (parts == nullptr || parts->size() != 5 || parts->back().integer() == nullptr) {
    return std::nullopt;
  }
  return Finding{text_of((*parts)[0]),          text_of((*parts)[1]),
                 text_of((*parts)[2]),          text_of((*parts)[3]),
                 *parts->back().integer() == 1, *parts->back().integer() >= 0};
}

std::optional<CheckReply> check_reply(const redis::Reply& reply) {
  const auto* parts = reply.array();
  if (parts == nullptr || parts->size() != 3 || (*parts)[0].array() == nullptr ||
      (*parts)[1].integer() == nullptr || (*parts)[2].array() == nullptr) {
    return std::nullopt;
  }
  CheckReply answer;
  for (const redis::Reply& item : *(*parts)[0].array()) {
    auto finding = finding_of(item);
    if (!finding) {
      return std::nullopt;
    }
    answer.findings.push_back(std::move(*finding));
  }
  answer.hidden = static_cast<std::uint64_t>(*(*parts)[1].integer());
  const auto& numbers = *(*parts)[2].array();
  for (std::size_t at = 0; at + 1 < numbers.size(); at += 2) {
    answer.numbers[text_of(numbers[at])] = text_of(numbers[at + 1]);
  }
  return answer;
}

}  // namespace

RedisQueueCheck::RedisQueueCheck(redis::Client& redis)
    : redis_(redis), scripts_(QueueScripts::shared()) {}
RedisQueueCheck::~RedisQueueCheck() = default;

awaitable<Result<CheckReply>> RedisQueueCheck::check(CheckRequest request) {
  CLAIMFERRY_ASSERT(request.items.size() <= 2 * limits::script_items_max);
  std::vector<std::string> arguments{std::move(request.kind), request.repair ? "1" : "0",
                                     std::move(request.context)};
  arguments.insert(arguments.end(), std::make_move_iterator(request.items.begin()),
                   std::make_move_iterator(request.items.end()));
  const auto reply = co_await call_script(redis_, scripts_->fsck, std::move(arguments));
  if (!reply) {
    co_return reply.failure();
  }
  auto answer = check_reply(*reply);
  if (!answer) {
    co_return unexpected_reply("fsck");
  }
  co_return std::move(*answer);
}

awaitable<Result<QueueCheck::Page>> RedisQueueCheck::page(redis::Command command) {
  auto reply = co_await redis_.command(std::move(command));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  if (const redis::Error* error = reply->error()) {
    co_return failure_of(*error);
  }
  const auto* parts = reply->array();
  if (parts == nullptr || parts->size() != 2 || parts->back().array() == nullptr) {
    co_return unexpected_reply("scan");
  }
  Page page;
  page.next = text_of(parts->front());
  for (const redis::Reply& item : *parts->back().array()) {
    page.items.push_back(text_of(item));
  }
  co_return page;
}

awaitable<Result<QueueCheck::Page>> RedisQueueCheck::keys(std::string from) {
  redis::Command scan{"SCAN", std::move(from), "MATCH", under_root("*"), "COUNT", keys_a_page};
  auto found = co_await page(std::move(scan));
  if (found) {
    for (std::string& name : found->items) {
      name.erase(0, root_key.size() + 1);
    }
  }
  co_return std::move(found);
}

awaitable<Result<QueueCheck::Page>> RedisQueueCheck::members(std::string name, std::string from) {
  redis::Command scan{"ZSCAN", under_root(name), std::move(from), "COUNT", items_a_page};
  auto found = co_await page(std::move(scan));
  if (found) {
    // A set's members come with their scores.
    std::vector<std::string> members;
    for (std::size_t at = 0; at < found->items.size(); at += 2) {
      members.push_back(std::move(found->items[at]));
    }
    found->items = std::move(members);
  }
  co_return std::move(found);
}

awaitable<Result<QueueCheck::Page>> RedisQueueCheck::pairs(std::string name, std::string from) {
  redis::Command scan{"HSCAN", under_root(name), std::move(from), "COUNT", items_a_page};
  auto found = co_await page(std::move(scan));
  co_return std::move(found);
}

}  // namespace claimferry::queue
