// Connection: one session with a PostgreSQL server, by libpq's non-blocking calls on an Asio
// descriptor, always in pipeline mode: a run sends many statements in one turn and answers them
// together. Knows no transaction: its owner sends BEGIN and COMMIT.
//
// Failures are local: "postgres_unreachable" (no connection, or it broke; nothing is known of what
// was sent), "postgres_timeout" (no answer within the deadline), or "postgres_" and the SQLSTATE of
// the first statement that was refused. Details tell tables and constraints, never what the server
// says of values: those are health data.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "common/async/awaitable.hpp"
#include "common/base/clock.hpp"
#include "common/postgres/address.hpp"
#include "common/postgres/answer.hpp"
#include "common/postgres/parameters.hpp"

struct pg_conn;

namespace claimferry::postgres {

class Limit;

struct Call {
  std::string_view sql;  // one statement; outlives the connection where it is prepared
  Parameters parameters;
  bool prepared = true;  // once a connection, by its text; false: a statement that comes once
};
using Answers = std::vector<Answer>;  // one a call, in their order

class Connection {
 public:
  explicit Connection(const Executor& executor);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Tries the hosts of the address in turn. By default for one that takes writes
  // (target_session_attrs), so that a failover is followed. libpq looks names up itself, and blocks
  // the thread meanwhile.
  awaitable<Result<void>> open(Login login, Duration deadline);
  // One run at a time. What was cut off leaves the connection unusable.
  awaitable<Result<Answers>> run(std::vector<Call> calls, Duration deadline);

  // Fit for another run: open, nothing unanswered, no transaction, and nothing from the server that
  // nobody asked for, which is a farewell.
  bool usable() const noexcept;

 private:
  struct Sent {
    std::string_view prepares;  // empty: a call's own
    std::string name;
  };

  awaitable<Result<void>> connect(Duration deadline);
  bool send(const Call& call);
  std::string name_of(std::string_view sql);
  awaitable<Result<Answers>> collect(std::shared_ptr<const Limit> limit);
  awaitable<bool> await_result(std::shared_ptr<const Limit> limit);
  // True: ready; false: cancelled, or the deadline passed.
  awaitable<bool> readable();
  awaitable<bool> writable();
  awaitable<bool> readable_or_writable();
  void close() noexcept;
  Failure lost(const Limit& limit) const;

  boost::asio::posix::stream_descriptor socket_;
  pg_conn* session_ = nullptr;
  std::map<std::string_view, std::string> prepared_;  // SQL → name
  std::vector<Sent> sent_;                            // in the present run
  std::uint64_t names_ = 0;                           // given to statements
  bool unanswered_ = false;
};

}  // namespace claimferry::postgres
