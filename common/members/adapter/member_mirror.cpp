#include "common/members/adapter/member_mirror.hpp"

#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::members {
namespace {

using queue::call_script;
using queue::QueueScripts;
using StateNote = PostgresMembers::StateNote;

std::optional<StateNote> note_in(const redis::Reply& reply) {
  const auto* fields = reply.array();
  if (fields == nullptr || fields->size() != 7) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const redis::Reply& field : *fields) {
    if (field.text() == nullptr) {
      return std::nullopt;
    }
    texts.push_back(*field.text());
  }
  return StateNote{texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6]};
}

}  // namespace

awaitable<Result<unsigned>> MemberMirror::mirror(std::vector<MirrorRow> rows, Places places,
                                                 Duration spread) {
  std::vector<std::string> words{queue::text(spread), std::move(places.before),
                                 std::move(places.after)};
  for (MirrorRow& row : rows) {
    std::ranges::move(row, std::back_inserter(words));
  }
  auto reply =
      co_await call_script(redis_, QueueScripts::shared()->member_mirror, std::move(words));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  if (reply->integer() == nullptr) {
    co_return queue::unexpected_reply("member_mirror");
  }
  co_return static_cast<unsigned>(*reply->integer());
}

awaitable<Result<std::string>> MemberMirror::place() {
  redis::Command ask{"HGET", std::string(queue::root_key) + ":meta", "mirrored"};
  auto reply = co_await redis_.command(std::move(ask));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  if (const redis::Error* error = reply->error()) {
    co_return queue::failure_of(*error);
  }
  co_return reply->text() == nullptr ? std::string() : *reply->text();
}

awaitable<Result<std::vector<StateNote>>> MemberMirror::unrecorded(unsigned count_max) {
  std::vector<std::string> words{std::to_string(count_max)};
  auto reply = co_await call_script(redis_, QueueScripts::shared()->unrecorded, std::move(words));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  std::vector<StateNote> notes;
  const auto* members = reply->array();
  for (std::size_t at = 0; members != nullptr && at < members->size(); ++at) {
    auto note = note_in((*members)[at]);
    if (!note) {
      co_return queue::unexpected_reply("unrecorded");
    }
    notes.push_back(std::move(*note));
  }
  co_return notes;
}

awaitable<Result<void>> MemberMirror::note_recorded(std::vector<Recorded> members) {
  std::vector<std::string> words;
  for (Recorded& each : members) {
    words.insert(words.end(), {each.member, each.state, each.record});
  }
  auto reply = co_await call_script(redis_, QueueScripts::shared()->recorded, std::move(words));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

}  // namespace claimferry::members
