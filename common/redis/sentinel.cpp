#include "common/redis/sentinel.hpp"

#include <charconv>
#include <utility>

namespace claimferry::redis {
namespace {

std::optional<TcpAddress> address_in(const Reply& reply) {
  const auto* parts = reply.array();
  if (parts == nullptr || parts->size() != 2 || parts->at(0).text() == nullptr ||
      parts->at(1).text() == nullptr) {
    return std::nullopt;
  }
  TcpAddress address{*parts->at(0).text(), 0};
  const std::string& port = *parts->at(1).text();
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool is_address = ec == std::errc{} && end == port.data() + port.size() &&
                          address.port != 0 && !address.host.empty();
  return is_address ? std::optional(std::move(address)) : std::nullopt;
}

}  // namespace

awaitable<Result<TcpAddress>> ask_for_master(std::shared_ptr<Link> sentinel, std::string name,
                                             Duration deadline) {
  Command question{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", name};
  auto reply = co_await Link::command(sentinel, std::move(question), deadline);
  if (!reply) {
    co_return std::move(reply).failure();
  }
  if (const Error* error = reply->error()) {
    const std::string code = error->text.substr(0, error->text.find(' '));
    co_return Failure{FailureKind::local, "redis_refused",
                      sentinel->where() + " refused (" + code +
                          ") to name the master; is it a sentinel, and may this user ask it? "
                          "check redis.sentinels and redis.sentinel_username"};
  }
  if (reply->is_nil()) {
    co_return Failure{FailureKind::local, "redis_refused",
                      sentinel->where() + " knows no master \"" + name +
                          "\"; check redis.sentinel_master against its \"sentinel monitor\""};
  }
  auto address = address_in(*reply);
  if (!address) {
    co_return Failure{FailureKind::local, "redis_unreachable",
                      sentinel->where() + " answered no address for the master " + name};
  }
  co_return *std::move(address);
}

}  // namespace claimferry::redis
