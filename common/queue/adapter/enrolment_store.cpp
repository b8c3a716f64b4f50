#include "common/queue/adapter/enrolment_store.hpp"

#include <charconv>

#include "common/base/limits.hpp"
#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {
namespace {

using Stood = TakenEnrolment::Stood;

Stood parse_stood(const std::string& word) {
  if (word == "waiting") {
    return Stood::waiting;
  }
  if (word == "taken") {
    return Stood::taken;
  }
  return word == "connected" ? Stood::connected : Stood::failed;
}

// In the order of take_enrolment.lua.
Result<std::optional<TakenEnrolment>> parse(const redis::Reply& reply) {
  constexpr std::size_t field_count = 8;
  if (reply.is_nil()) {
    return std::optional<TakenEnrolment>();
  }
  std::vector<std::string> fields;
  if (const auto* array = reply.array()) {
    for (const redis::Reply& field : *array) {
      fields.push_back(field.text() == nullptr ? "" : *field.text());
    }
  }
  if (fields.size() != field_count) {
    return unexpected_reply("enrolment_take");
  }
  auto member = MemberId::parse(fields[1]);
  auto payer = PayerName::parse(fields[2]);
  std::int64_t begun = 0;
  const std::string& at = fields[3];
  const auto [end, ec] = std::from_chars(at.data(), at.data() + at.size(), begun);
  if (!member || !payer || ec != std::errc() || end != at.data() + at.size()) {
    return unexpected_reply("enrolment_take");
  }
  const Stood stood = parse_stood(fields[0]);
  return std::optional(
      TakenEnrolment{stood, stood == Stood::failed ? fields[0] : "", std::move(fields[7]),
                     WallTime(Duration(begun)),
                     PendingEnrolment{std::move(*member), std::move(*payer), std::move(fields[4]),
                                      std::move(fields[5]), std::move(fields[6])}});
}

}  // namespace

awaitable<Result<void>> EnrolmentStore::begin(std::string state_hash, PendingEnrolment pending,
                                              std::string by) {
  std::vector<std::string> arguments{std::move(state_hash),
                                     pending.member.str(),
                                     pending.payer.str(),
                                     text(Duration(limits::enrolment_life)),
                                     std::move(by),
                                     "return_to",
                                     std::move(pending.return_to),
                                     "verifier",
                                     std::move(pending.sealed_verifier),
                                     "data_key",
                                     std::move(pending.data_key)};
  auto reply =
      co_await call_script(redis_, QueueScripts::shared()->enrolment_begin, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

awaitable<Result<std::optional<TakenEnrolment>>> EnrolmentStore::take(
    std::vector<std::string> state_hashes) {
  if (state_hashes.empty()) {
    state_hashes.emplace_back("none");  // counted and noted like any other that is nobody's
  }
  auto reply =
      co_await call_script(redis_, QueueScripts::shared()->enrolment_take, std::move(state_hashes));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return parse(*reply);
}

awaitable<Result<void>> EnrolmentStore::end(std::string state_hash, MemberId member,
                                            PayerName payer, std::string outcome) {
  std::vector<std::string> arguments{std::move(state_hash), std::move(outcome), member.str(),
                                     payer.str()};
  auto reply =
      co_await call_script(redis_, QueueScripts::shared()->enrolment_end, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

}  // namespace claimferry::queue
