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
    return unreachable(where + " refused the connection; is Redis running? set " +
                       endpoint.address_key());
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
  return unreachable(where + " cannot be reached (" + ec.message() + "); check " +
                     endpoint.address_key());
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
                          "); check " + endpoint.address_key());
  }
  for (const auto& entry : found) {
    candidates.emplace_back(entry.endpoint());
  }
  co_return candidates;
}

}  // namespace

awaitable<Result<void>> dial(const Endpoint& endpoint, tcp::resolver& resolver, Socket& socket) {
  auto candidates = co_await resolve(endpoint, resolver);
  if (!candidates) {
    co_return std::move(candidates).failure();
  }
  error_code last = boost::asio::error::host_not_found;
  for (const auto& candidate : *candidates) {
    error_code ignored;
    socket.close(ignored);
    const auto [ec] = co_await socket.async_connect(candidate, as_tuple(use_awaitable));
    if (!ec) {
      if (std::holds_alternative<TcpAddress>(endpoint.address)) {
        socket.set_option(tcp::no_delay(true), ignored);
        socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
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

}  // namespace claimferry::redis
