#include "common/queue/adapter/function_library.hpp"

#include <utility>

#include "common/queue/adapter/library_refusal.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {
namespace {

using redis::Command;
using redis::Reply;
using redis::Session;

constexpr int looks_max = 5;
const std::string library_name = "claimferry";
const std::string meta_key = std::string(root_key) + ":meta";
const std::string record_field = "library";

// Redis carries out the rest of a transaction when one of its commands fails: a library that does
// not load leaves a record of it. What stood there before comes back, unless another has recorded
// its own meanwhile.
const std::string take_back_record =
    "if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end "
    "if ARGV[3] then return redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end "
    "return redis.call('HDEL', KEYS[1], ARGV[1])";

awaitable<Result<Reply>> ask(Session& session, Command command) {
  auto reply = co_await session.command(std::move(command));
  if (reply.ok() && reply->error() != nullptr) {
    co_return refusal_of(*reply->error());
  }
  co_return reply;
}

// UNWATCH or DISCARD, so that nothing of this conversation is left to the next. That it fails is
// told by the next command, if it matters.
awaitable<void> leave(Session& session, std::string word) {
  Command command{std::move(word)};
  [[maybe_unused]] const auto reply = co_await session.command(std::move(command));
}

std::optional<std::string> text_of(const Reply& reply) {
  return reply.text() == nullptr ? std::nullopt : std::optional<std::string>(*reply.text());
}

// The first of a transaction's answers that is an error.
const redis::Error* error_in(const Reply& executed) {
  if (executed.array() != nullptr) {
    for (const Reply& answer : *executed.array()) {
      if (answer.error() != nullptr) {
        return answer.error();
      }
    }
  }
  return nullptr;
}

}  // namespace

awaitable<Result<FunctionLibrary::Outcome>> FunctionLibrary::ensure(Session& session) const {
  for (int at = 0; at < looks_max; ++at) {
    auto found = co_await look(session);
    if (!found) {
      co_return std::move(found).failure();
    }
    const LibraryDecision decision = decide(ours_, *found);
    if (decision != LibraryDecision::load) {
      co_await leave(session, "UNWATCH");
      co_return decision == LibraryDecision::keep ? Outcome::current : Outcome::newer_there;
    }
    const auto executed = co_await load(session);
    if (!executed) {
      co_return executed.failure();
    }
    if (const redis::Error* error = error_in(*executed)) {
      auto failure = co_await refused(session, *error, *std::move(found));
      co_return failure;
    }
    if (!executed->is_nil()) {
      co_return Outcome::loaded;
    }
  }
  co_return Failure{FailureKind::local, "library_contended",
                    "others keep writing " + meta_key + " while the function library is loaded"};
}

awaitable<Result<LibraryFound>> FunctionLibrary::look(Session& session) const {
  Command watch{"WATCH", meta_key};
  auto watched = co_await ask(session, std::move(watch));
  if (!watched) {
    co_return std::move(watched).failure();
  }
  Command get{"HGET", meta_key, record_field};
  auto recorded = co_await ask(session, std::move(get));
  if (!recorded) {
    co_return std::move(recorded).failure();
  }
  Command list{"FUNCTION", "LIST", "LIBRARYNAME", library_name, "WITHCODE"};
  auto listed = co_await ask(session, std::move(list));
  if (!listed) {
    co_return std::move(listed).failure();
  }
  LibraryFound found{text_of(*recorded), std::nullopt};
  // LIBRARYNAME is a pattern that takes no notice of case.
  for (LoadedLibrary& library : loaded_libraries(*listed)) {
    if (library.name == library_name) {
      found.code = std::move(library.code);
    }
  }
  co_return found;
}

// EXEC's answer: nil when another wrote the record since the look.
awaitable<Result<Reply>> FunctionLibrary::load(Session& session) const {
  std::vector<Command> commands;
  commands.push_back({"MULTI"});
  commands.push_back({"FUNCTION", "LOAD", "REPLACE", ours_.code});
  commands.push_back({"HSET", meta_key, record_field, std::to_string(ours_.version)});
  for (Command& command : commands) {
    auto queued = co_await ask(session, std::move(command));
    if (!queued) {
      co_await leave(session, "DISCARD");
      co_return std::move(queued).failure();
    }
  }
  Command execute{"EXEC"};
  auto executed = co_await ask(session, std::move(execute));
  co_return executed;
}

awaitable<Failure> FunctionLibrary::refused(Session& session, redis::Error error,
                                            LibraryFound before) const {
  Command restore{"EVAL",   take_back_record, "1",
                  meta_key, record_field,     std::to_string(ours_.version)};
  if (before.recorded) {
    restore.push_back(*before.recorded);
  }
  const auto restored = co_await ask(session, std::move(restore));
  Command list{"FUNCTION", "LIST"};
  const auto listed = co_await ask(session, std::move(list));
  std::vector<LoadedLibrary> libraries;
  if (listed.ok()) {
    libraries = loaded_libraries(*listed);
  }
  Failure failure = load_refusal_of(error, ours_.version, libraries);
  if (!restored) {
    failure.detail += ". Its version is recorded all the same (" + restored.failure().detail +
                      "); take it back: redis-cli HDEL '" + meta_key + "' " + record_field;
  }
  co_return failure;
}

}  // namespace claimferry::queue
