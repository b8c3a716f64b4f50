#include "common/members/adapter/recorded_tokens.hpp"

#include "common/base/limits.hpp"
#include "common/oauth/refresh_policy.hpp"
#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::members {
namespace {

using oauth::SealedTokens;
using queue::call_script;
using queue::JobRef;
using queue::QueueScripts;

// How long ago a refresh may have left whose answer is stored only now.
constexpr Duration left_before_at_most =
    Duration(limits::refresh_deadline) + Duration(limits::token_store_patience);

std::vector<std::string> words_of(const JobRef& job) {
  std::vector<std::string> words;
  queue::append(words, job);
  return words;
}

Failure renewed() {
  return {FailureKind::permanent, "token_version", "the tokens were renewed"};
}

}  // namespace

awaitable<Result<std::optional<SealedTokens>>> RecordedTokens::load(MemberId member) {
  auto tokens = co_await tokens_.load(member);
  if (!tokens || *tokens) {
    co_return tokens;
  }
  redis::Command look{"EXISTS", std::string(queue::tokens_key_prefix) + member.str()};
  const auto elsewhere = co_await redis_.command(std::move(look));
  if (elsewhere && elsewhere->integer() != nullptr && *elsewhere->integer() > 0) {
    co_return Failure{FailureKind::local, "not_adopted",
                      "the tokens are still in Redis alone; stop the workers and run claimferry db "
                      "adopt"};
  }
  co_return tokens;
}

awaitable<Result<RecordedTokens::Standing>> RecordedTokens::ask(JobRef job, bool leaves) {
  std::vector<std::string> words = words_of(job);
  words.emplace_back(leaves ? "1" : "0");
  auto reply =
      co_await call_script(redis_, QueueScripts::shared()->token_sending, std::move(words));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const auto held = queue::number_at(*reply, 0);
  const auto wait = queue::number_at(*reply, 1);
  if (!held || !wait) {
    co_return queue::unexpected_reply("token_sending");
  }
  const Standing standing{*held == 1, Duration(*wait)};
  co_return standing;
}

awaitable<Result<void>> RecordedTokens::may_send(JobRef job, bool leaves) {
  const auto standing = co_await ask(std::move(job), leaves);
  if (!standing) {
    co_return standing.failure();
  }
  if (!standing->is_held) {
    co_return Failure{FailureKind::lease_lost, "lease_lost",
                      "another owns the member, or the job is over"};
  }
  if (standing->wait > Duration::zero()) {
    co_return oauth::refreshing_stopped(standing->wait);
  }
  co_return Result<void>();
}

// A Redis that was lost while its clock was set back gives smaller fences than it gave before: none
// of them could ever refresh. Where a later lease is there indeed, this changes nothing.
awaitable<void> RecordedTokens::outgrow(Fence standing) {
  std::vector<std::string> words{queue::text(standing)};
  const auto raised =
      co_await call_script(redis_, QueueScripts::shared()->raise_fence, std::move(words));
  static_cast<void>(raised);  // the next lease tries again
}

awaitable<Result<void>> RecordedTokens::record_intent(JobRef job, std::uint64_t version,
                                                      unsigned sends) {
  auto locked = co_await tokens_.lock(job.member);
  if (!locked) {
    co_return std::move(locked.failure());
  }
  const IntentRequest request{job.fence, version, sends};
  const auto change = decide_intent(locked->standing(), request);
  const bool asks = !takes_back(locked->standing(), request);
  auto may = Result<void>();
  if (change && asks) {
    may = co_await may_send(job, change->kind == IntentChange::Kind::set);
  } else if (!change && change.failure().kind == FailureKind::lease_lost) {
    co_await outgrow(*locked->standing().fence);
  }
  if (!change || !may) {
    co_await locked->release();
    co_return change ? std::move(may.failure()) : change.failure();
  }
  co_return co_await locked->change(*change);
}

// Redis is asked under the row's lock: what was refused is counted once, and the intent goes with
// it.
awaitable<Result<oauth::TokenStore::Refusal>> RecordedTokens::refused(JobRef job,
                                                                      std::uint64_t version,
                                                                      double share_max) {
  auto locked = co_await tokens_.lock(job.member);
  if (!locked) {
    co_return std::move(locked.failure());
  }
  if (locked->standing().version != version) {
    co_await locked->release();
    co_return renewed();
  }
  auto refusal = co_await deny(job, share_max);
  if (!refusal) {
    co_await locked->release();
    co_return refusal;
  }
  IntentChange change;  // a successor's stands as it does
  if (locked->standing().fence == job.fence) {
    change.kind = IntentChange::Kind::clear;
    change.before = locked->standing().before;
  }
  auto cleared = co_await locked->change(change);
  if (!cleared) {
    co_return std::move(cleared.failure());
  }
  co_return refusal;
}

awaitable<Result<oauth::TokenStore::Refusal>> RecordedTokens::deny(JobRef job, double share_max) {
  std::vector<std::string> words = words_of(job);
  words.push_back(std::to_string(share_max));
  auto reply = co_await call_script(redis_, QueueScripts::shared()->token_denied, std::move(words));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const auto stopped = queue::number_at(*reply, 0);
  const auto began = queue::number_at(*reply, 1);
  const auto wait = queue::number_at(*reply, 2);
  if (!stopped || !began || !wait) {
    co_return queue::unexpected_reply("token_denied");
  }
  const Refusal refusal{*stopped == 1, *began == 1, Duration(*wait)};
  co_return refusal;
}

awaitable<Result<void>> RecordedTokens::store(JobRef job, std::uint64_t expected,
                                              SealedTokens tokens) {
  auto locked = co_await tokens_.lock(job.member);
  if (!locked) {
    co_return std::move(locked.failure());
  }
  const bool is_there = locked->standing().version == tokens.version &&
                        locked->refresh_token() == tokens.refresh_token;
  if (is_there) {
    // An earlier try was carried out; whether Redis was told is not known.
    co_await locked->release();
    Served served{tokens.version, vault::Vault::key_id(tokens.data_key), tokens.refresh_token_life,
                  left_before_at_most, true};
    co_return co_await tell(std::move(job), std::move(served));
  }
  auto may = Result<void>();
  const Storer storer = members::storer(locked->standing(), job.fence);
  if (locked->standing().version != expected) {
    may = renewed();
  } else if (storer == Storer::neither) {
    may = co_await may_send(job, false);
  }
  if (!may) {
    co_await locked->release();
    co_return may;
  }
  Served served{tokens.version, vault::Vault::key_id(tokens.data_key), tokens.refresh_token_life,
                locked->intent_age(), storer == Storer::outlived};
  auto stored = co_await locked->store(std::move(tokens));
  if (!stored) {
    co_return stored;
  }
  co_return co_await tell(std::move(job), std::move(served));
}

// What follows in Redis from tokens that are durable. Where it fails, the caller stores them once
// more, and comes by here.
awaitable<Result<void>> RecordedTokens::tell(JobRef job, Served served) {
  std::vector<std::string> words = words_of(job);
  words.insert(words.end(), {std::to_string(served.version), served.key,
                             served.life ? queue::text(*served.life) : "",
                             queue::text(served.left_before), served.outlived ? "1" : "0"});
  auto reply =
      co_await call_script(redis_, QueueScripts::shared()->token_renewed, std::move(words));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

}  // namespace claimferry::members
