#include "common/redis/dial.hpp"

#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace claimferry::redis {
namespace {

using boost::asio::as_tuple;
using boost::asio::use_awaitable;
using boost::asio::ip::tcp;
using boost::system::error_code;
using Candidates = std::vector<boost::asio::generic::stream_protocol::endpoint>;

Failure unreachable(std::string detail) {
  return {FailureKind::local, "redis_unreachable", std::move(detail)};
}

Failure not_connected(const Endpoint& endpoint, const error_code& ec) {
  const std::string where = endpoint.str();
  if (ec == boost::asio::error::connection_refused) {
    return unreachable(where + " refused the connection; is Redis running? set redis.url");
  }
  if (ec == boost::system::errc::no_such_file_or_directory) {
    return unreachable(where +
                       " does not exist; does Redis listen there (its setting unixsocket)? "
                       "set redis.url");
  }
  if (ec == boost::system::errc::permission_denied) {
    return unreachable(where +
                       " may not be opened by this user; see Redis' setting unixsocketperm");
  }
  return unreachable(where + " cannot be reached (" + ec.message() + "); check redis.url");
}

awaitable<Result<Candidates>> resolve(const Endpoint& endpoint, tcp::resolver& resolver) {
  Candidates candidates;
  if (const auto* local = std::get_if<UnixAddress>(&endpoint.address)) {
    candidates.emplace_back(boost::asio::local::stream_protocol::endpoint(local->path));
    co_return candidates;
  }
  const auto& address = std::get<TcpAddress>(endpoint.address);
  error_code not_numeric;
  const auto numeric = boost::asio::ip::make_address(address.host, not_numeric);
  if (!not_numeric) {
    candidates.emplace_back(tcp::endpoint(numeric, address.port));
    co_return candidates;
  }
  const auto [ec, found] = co_await resolver.async_resolve(
      address.host, std::to_string(address.port), as_tuple(use_awaitable));
  if (ec) {
    co_return unreachable(endpoint.str() + ": its host has no address (" + ec.message() +
                          "); check redis.url");
  }
  for (const auto& entry : found) {
    candidates.emplace_back(entry.endpoint());
  }
  co_return candidates;
}

struct Greeting {
  Command command;
  std::string what;  // for a person, when Redis refuses it
};

std::vector<Greeting> greetings(const Endpoint& endpoint) {
  std::vector<Greeting> all;
  if (!endpoint.password.empty()) {
    Command auth{"AUTH"};
    if (!endpoint.username.empty()) {
      auth.push_back(endpoint.username);
    }
    auth.emplace_back(endpoint.password.reveal());
    all.push_back({std::move(auth),
                   "the credentials; check redis.username and redis.password_file; a Redis "
                   "without a password takes none"});
  }
  if (endpoint.database != 0) {
    all.push_back(
        {{"SELECT", std::to_string(endpoint.database)},
         "the database; check the number at the end of redis.url, and the user's rights"});
  }
  all.push_back({{"PING"},
                 "the first command; does it want credentials (redis.username, "
                 "redis.password_file)?"});
  return all;
}

}  // namespace

awaitable<Result<void>> dial(const Endpoint& endpoint, tcp::resolver& resolver, Stream& stream) {
  auto candidates = co_await resolve(endpoint, resolver);
  if (!candidates) {
    co_return std::move(candidates).failure();
  }
  error_code last = boost::asio::error::host_not_found;
  for (const auto& candidate : *candidates) {
    error_code ignored;
    stream.close(ignored);
    const auto [ec] = co_await stream.async_connect(candidate, as_tuple(use_awaitable));
    if (!ec) {
      if (std::holds_alternative<TcpAddress>(endpoint.address)) {
        stream.set_option(tcp::no_delay(true), ignored);
        stream.set_option(boost::asio::socket_base::keep_alive(true), ignored);
      }
      co_return Result<void>();
    }
    if (ec == boost::asio::error::operation_aborted) {
      co_return not_connected(endpoint, ec);
    }
    last = ec;
  }
  co_return not_connected(endpoint, last);
}

awaitable<Result<void>> greet(std::shared_ptr<Link> link, const Endpoint& endpoint,
                              Duration deadline) {
  for (Greeting& greeting : greetings(endpoint)) {
    auto reply = co_await Link::command(link, std::move(greeting.command), deadline);
    if (!reply) {
      co_return std::move(reply).failure();
    }
    const Error* error = reply->error();
    if (error == nullptr) {
      continue;
    }
    // Only the error's first word: Redis repeats arguments in some of its texts.
    const std::string code = error->text.substr(0, error->text.find(' '));
    if (code == "LOADING" || code == "BUSY" || code == "MASTERDOWN") {
      co_return unreachable(endpoint.str() + " is not ready yet (" + code + ")");
    }
    co_return Failure{FailureKind::local, "redis_refused",
                      endpoint.str() + " refused (" + code + ") " + greeting.what};
  }
  co_return Result<void>();
}

}  // namespace claimferry::redis
