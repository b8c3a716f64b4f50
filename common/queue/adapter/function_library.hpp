// FunctionLibrary: keeps Redis' function library `claimferry` loaded at our version. Never puts an
// older one over a newer; brings it back when Redis lost it.
#pragma once

#include <cstdint>
#include <vector>

#include "common/queue/adapter/library_decision.hpp"
#include "common/queue/adapter/loaded_library.hpp"
#include "common/redis/session.hpp"

namespace claimferry::queue {

// Redis tells no library's version: the field `library` of the hash cf:{0}:meta records it. Each
// loading writes it in the same transaction, and watches it, so that of two schedulers that load at
// once one looks again.
class FunctionLibrary {
 public:
  enum class Outcome : std::uint8_t { current, loaded, newer_there };

  explicit FunctionLibrary(LibraryText ours) : ours_(std::move(ours)) {}

  // As often as the caller likes. The session and this must outlive the call; after a failure of
  // the connection the session is over, after any other it is good for the next call. Failures:
  // those of Session; local library_contended; and those of library_refusal.hpp, which leave the
  // library that Redis had, and its record, in place.
  awaitable<Result<Outcome>> ensure(redis::Session& session) const;

 private:
  awaitable<Result<LibraryFound>> look(redis::Session& session) const;
  awaitable<Result<redis::Reply>> load(redis::Session& session) const;
  awaitable<Failure> refused(redis::Session& session, redis::Error error,
                             LibraryFound before) const;

  const LibraryText ours_;
};

}  // namespace claimferry::queue
