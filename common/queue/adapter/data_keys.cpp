#include "common/queue/adapter/data_keys.hpp"

#include <algorithm>

#include "common/base/limits.hpp"
#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::queue {
namespace {

std::string text_at(const redis::Reply& reply, std::size_t at) {
  const auto* items = reply.array();
  const bool is_there = items != nullptr && at < items->size() && (*items)[at].text() != nullptr;
  return is_there ? *(*items)[at].text() : std::string();
}

}  // namespace

DataKeys::DataKeys(redis::Client& redis)
    : redis_(redis), members_(redis), scripts_(QueueScripts::shared()) {}
DataKeys::~DataKeys() = default;

awaitable<Result<MemberDirectory::Page>> DataKeys::scan(std::string from) {
  co_return co_await members_.scan_tokens(std::move(from));
}

awaitable<Result<void>> DataKeys::check_rights() {
  redis::Command look{"HGET", std::string(tokens_key_prefix) + "none", "version"};
  auto reply = co_await redis_.command(std::move(look));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  if (const redis::Error* error = reply->error()) {
    co_return failure_of(*error);
  }
  co_return Result<void>();
}

awaitable<Result<std::vector<WrappedKey>>> DataKeys::read(std::vector<MemberId> members) {
  std::vector<WrappedKey> keys;
  for (std::size_t begin = 0; begin < members.size(); begin += limits::script_items_max) {
    const std::size_t end = std::min(members.size(), begin + limits::script_items_max);
    std::vector<std::string> arguments;
    for (std::size_t at = begin; at < end; ++at) {
      arguments.push_back(members[at].str());
    }
    auto reply = co_await call_script(redis_, scripts_->token_keys, std::move(arguments));
    if (!reply) {
      co_return std::move(reply.failure());
    }
    const auto* answers = reply->array();
    if (answers == nullptr || answers->size() != end - begin) {
      co_return unexpected_reply("token_keys");
    }
    for (std::size_t at = begin; at < end; ++at) {
      const redis::Reply& answer = (*answers)[at - begin];
      auto payer = PayerName::parse(text_at(answer, 0));
      if (payer) {
        keys.push_back({{std::move(*payer), members[at]}, text_at(answer, 1)});
      }
    }
  }
  co_return keys;
}

awaitable<Result<std::vector<MemberId>>> DataKeys::replace(std::vector<Rewrapped> keys) {
  std::vector<MemberId> changed;
  for (std::size_t begin = 0; begin < keys.size(); begin += limits::script_items_max) {
    const std::size_t end = std::min(keys.size(), begin + limits::script_items_max);
    std::vector<std::string> arguments;
    for (std::size_t at = begin; at < end; ++at) {
      const Rewrapped& key = keys[at];
      arguments.insert(arguments.end(), {key.held.owner.member.str(), key.held.wrapped, key.wrapped,
                                         vault::Vault::key_id(key.wrapped)});
    }
    auto reply = co_await call_script(redis_, scripts_->token_rewrap, std::move(arguments));
    if (!reply) {
      co_return std::move(reply.failure());
    }
    if (reply->array() == nullptr || reply->array()->size() != end - begin) {
      co_return unexpected_reply("token_rewrap");
    }
    for (std::size_t at = begin; at < end; ++at) {
      if (number_at(*reply, at - begin) != 1) {
        changed.push_back(keys[at].held.owner.member);
      }
    }
  }
  co_return changed;
}

}  // namespace claimferry::queue
