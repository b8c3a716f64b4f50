// Pool: the connections of one thread to one database, a bounded number, opened when they are
// needed and kept. While the database is away, attempts are spaced by backoff: who asks in between
// is told at once why there is none.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "common/async/permits.hpp"
#include "common/base/backoff.hpp"
#include "common/postgres/connection.hpp"

namespace claimferry::postgres {

// Held by shared_ptr from its own leases: a coroutine that is cut off gives back to a pool that its
// owner may have left.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  struct Options {
    unsigned connections_max = 4;
    Duration connect_deadline = std::chrono::seconds(10);
    Duration wait_deadline = std::chrono::seconds(60);  // for another's connection
    Duration statement_timeout = std::chrono::seconds(30);
    Backoff reconnect{std::chrono::milliseconds(50), std::chrono::seconds(1)};
  };

  // Gives back when it goes; what is not fit for another run then is closed.
  class Lease {
   public:
    Lease(std::shared_ptr<Pool> pool, Permits::Permit permit,
          std::unique_ptr<Connection> connection)
        : pool_(std::move(pool)), permit_(std::move(permit)), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    // Bounded by the pool's statement timeout and a little for the way.
    awaitable<Result<Answers>> run(std::vector<Call> calls);

   private:
    std::shared_ptr<Pool> pool_;
    Permits::Permit permit_;
    std::unique_ptr<Connection> connection_;
  };

  // random: outlives every coroutine that leases.
  Pool(Executor executor, Login login, Options options, const Clock& clock, Random& random);

  // local, "postgres_busy": every connection was in use for too long; else as Connection::open().
  static awaitable<Result<Lease>> lease(std::shared_ptr<Pool> pool);
  // What idles is closed, and what is given back from now on.
  void close();

 private:
  std::unique_ptr<Connection> take_idle();
  awaitable<Result<std::unique_ptr<Connection>>> open();
  void note(const std::optional<Failure>& why_not);
  void give_back(std::unique_ptr<Connection> connection);

  const Executor executor_;
  const Login login_;
  const Options options_;
  const Clock& clock_;
  Random& random_;
  Permits permits_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::optional<Failure> why_not_;
  unsigned failures_ = 0;
  SteadyTime not_before_{};
  bool closed_ = false;
};

}  // namespace claimferry::postgres
