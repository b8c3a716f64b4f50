#include "common/queue/adapter/redis_token_store.hpp"

#include <charconv>

#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::queue {
namespace {

using oauth::SealedTokens;

std::optional<std::int64_t> number(const redis::Reply& reply) {
  const auto* text = reply.text();
  std::int64_t value = 0;
  if (text == nullptr) {
    return std::nullopt;
  }
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (ec != std::errc{} || end != text->data() + text->size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<WallTime> time(const redis::Reply& reply) {
  const auto milliseconds = number(reply);
  if (!milliseconds) {
    return std::nullopt;
  }
  return WallTime(Duration(*milliseconds));
}

std::string bytes(const redis::Reply& reply) {
  return reply.text() == nullptr ? "" : *reply.text();
}

// In the order of token_load.lua.
Result<std::optional<SealedTokens>> parse(const redis::Reply& reply) {
  if (reply.is_nil()) {
    return std::optional<SealedTokens>();
  }
  const auto* fields = reply.array();
  const auto version =
      fields != nullptr && fields->size() == 11 ? number((*fields)[0]) : std::nullopt;
  if (!version) {
    return unexpected_reply("token_load");
  }
  const auto& field = *fields;
  SealedTokens tokens;
  tokens.version = static_cast<std::uint64_t>(*version);
  tokens.data_key = bytes(field[1]);
  tokens.refresh_token = bytes(field[2]);
  tokens.access_token = bytes(field[3]);
  tokens.access_issued_at = time(field[4]);
  tokens.access_expires_at = time(field[5]);
  tokens.patient = bytes(field[6]);
  const auto intent = number(field[7]);
  const auto fence = number(field[8]);
  const auto sends = number(field[9]);
  const auto age = number(field[10]);
  if (intent && fence && sends && age) {
    tokens.intent = oauth::RefreshIntent{static_cast<std::uint64_t>(*intent),
                                         Fence{static_cast<std::uint64_t>(*fence)}, Duration(*age),
                                         static_cast<unsigned>(*sends)};
  }
  return std::optional<SealedTokens>(std::move(tokens));
}

}  // namespace

RedisTokenStore::RedisTokenStore(redis::Client& redis)
    : redis_(redis), scripts_(QueueScripts::shared()) {}
RedisTokenStore::~RedisTokenStore() = default;

awaitable<Result<std::optional<SealedTokens>>> RedisTokenStore::load(MemberId member) {
  std::vector<std::string> arguments{member.str()};
  auto reply = co_await call_script(redis_, scripts_->token_load, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return parse(*reply);
}

awaitable<Result<void>> RedisTokenStore::record_intent(JobRef job, std::uint64_t version,
                                                       unsigned sends) {
  std::vector<std::string> arguments;
  append(arguments, job);
  arguments.push_back(std::to_string(version));
  arguments.push_back(std::to_string(sends));
  auto reply = co_await call_script(redis_, scripts_->token_intent, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

awaitable<Result<oauth::TokenStore::Refusal>> RedisTokenStore::refused(JobRef job,
                                                                       std::uint64_t version,
                                                                       double share_max) {
  std::vector<std::string> arguments;
  append(arguments, job);
  arguments.push_back(std::to_string(version));
  arguments.push_back(std::to_string(share_max));
  auto reply = co_await call_script(redis_, scripts_->token_refused, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const auto stopped = number_at(*reply, 0);
  const auto began = number_at(*reply, 1);
  const auto wait = number_at(*reply, 2);
  if (!stopped || !began || !wait) {
    co_return unexpected_reply("token_refused");
  }
  const Refusal refusal{*stopped == 1, *began == 1, Duration(*wait)};
  co_return refusal;
}

awaitable<Result<void>> RedisTokenStore::store(JobRef job, std::uint64_t expected,
                                               SealedTokens tokens) {
  std::vector<std::string> arguments;
  append(arguments, job);
  arguments.push_back(std::to_string(expected));
  arguments.insert(arguments.end(),
                   {tokens.refresh_token, tokens.access_token,
                    text_or_none(tokens.access_issued_at), text_or_none(tokens.access_expires_at),
                    tokens.patient, vault::Vault::key_id(tokens.data_key),
                    tokens.refresh_token_life ? text(*tokens.refresh_token_life) : ""});
  auto reply = co_await call_script(redis_, scripts_->token_store, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

}  // namespace claimferry::queue
