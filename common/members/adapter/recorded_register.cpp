#include "common/members/adapter/recorded_register.hpp"

#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::members {

awaitable<Result<queue::Enqueued>> RecordedRegister::add_member(queue::SealedMember member) {
  auto enrolled = co_await members_.enrol(member, clock_.wall());
  if (!enrolled) {
    co_return std::move(enrolled.failure());
  }
  std::vector<std::string> words{random_.hex(16),
                                 queue::text(queue::safety_due_in),
                                 member.by,
                                 vault::Vault::key_id(member.data_key),
                                 enrolled->brings_tokens ? "1" : "0",
                                 enrolled->before};
  std::ranges::move(enrolled->row, std::back_inserter(words));
  const redis::Script script = queue::QueueScripts::shared()->member_enrolled;
  auto reply = co_await queue::call_script(redis_, script, std::move(words));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return queue::parse_enqueued(*reply);
}

}  // namespace claimferry::members
