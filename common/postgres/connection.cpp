#include "common/postgres/connection.hpp"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <libpq-fe.h>
#include <poll.h>

#include "common/postgres/limit.hpp"

namespace claimferry::postgres {
namespace {

using boost::asio::as_tuple;
using boost::asio::use_awaitable;
using boost::asio::posix::stream_descriptor;

Failure local(std::string code, std::string detail) {
  return {FailureKind::local, std::move(code), std::move(detail)};
}

// libpq's first line: which host, and why not. It says nothing of values before the first
// statement.
std::string first_line(std::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

}  // namespace

Connection::Connection(const Executor& executor) : socket_(executor) {}

Connection::~Connection() {
  close();
}

void Connection::close() noexcept {
  if (socket_.is_open()) {
    socket_.release();  // it is libpq's to close
  }
  PQfinish(session_);
  session_ = nullptr;
  prepared_.clear();
}

bool Connection::usable() const noexcept {
  if (session_ == nullptr || unanswered_ || PQstatus(session_) != CONNECTION_OK ||
      PQtransactionStatus(session_) != PQTRANS_IDLE) {
    return false;
  }
  pollfd word{PQsocket(session_), POLLIN, 0};
  return ::poll(&word, 1, 0) == 0;
}

awaitable<Result<void>> Connection::open(Login login, Duration deadline) {
  close();
  const Secret held = login.password.get();
  const std::string password(held.reveal());
  // Of two with one name the later counts: the address stands above the first, below the last.
  const std::array<const char*, 8> keys{"target_session_attrs",
                                        "fallback_application_name",
                                        "tcp_user_timeout",
                                        "dbname",
                                        "client_encoding",
                                        password.empty() ? nullptr : "password",
                                        nullptr,
                                        nullptr};
  const std::array<const char*, 8> values{
      "read-write", "claimferry",     "30000", login.address.str().c_str(),
      "UTF8",       password.c_str(), nullptr, nullptr};
  session_ = PQconnectStartParams(keys.data(), values.data(), 1);
  // By default libpq prints what the server remarks, values included.
  PQsetNoticeReceiver(session_, [](void*, const PGresult*) {}, nullptr);
  co_return co_await connect(deadline);
}

awaitable<Result<void>> Connection::connect(Duration deadline) {
  const Limit limit(socket_, deadline);
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (session_ != nullptr && PQstatus(session_) != CONNECTION_BAD && !limit.passed() &&
         next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
    // libpq may close a socket and open another under the same number: each wait registers anew.
    boost::system::error_code ec;
    socket_.assign(PQsocket(session_), ec);
    if (ec) {
      break;
    }
    const bool reading = next == PGRES_POLLING_READING;
    auto wait = reading ? readable() : writable();
    const bool ready = co_await std::move(wait);
    socket_.release();
    if (!ready) {
      break;
    }
    next = PQconnectPoll(session_);
  }
  if (next != PGRES_POLLING_OK) {
    Failure why =
        limit.passed()
            ? local("postgres_unreachable", "PostgreSQL did not accept the connection in time")
            : local("postgres_unreachable", first_line(PQerrorMessage(session_)));
    close();
    co_return why;
  }
  socket_.assign(PQsocket(session_));
  PQsetnonblocking(session_, 1);
  PQenterPipelineMode(session_);
  unanswered_ = false;
  co_return Result<void>();
}

awaitable<bool> Connection::readable() {
  const auto [ec] =
      co_await socket_.async_wait(stream_descriptor::wait_read, as_tuple(use_awaitable));
  co_return !ec;
}

awaitable<bool> Connection::writable() {
  const auto [ec] =
      co_await socket_.async_wait(stream_descriptor::wait_write, as_tuple(use_awaitable));
  co_return !ec;
}

awaitable<bool> Connection::readable_or_writable() {
  using boost::asio::experimental::awaitable_operators::operator||;
  auto either = readable() || writable();
  const auto first = co_await std::move(either);
  co_return first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
}

}  // namespace claimferry::postgres
