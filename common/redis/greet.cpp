#include "common/redis/greet.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/redis/redirect.hpp"

namespace claimferry::redis {
namespace {

Failure unreachable(std::string detail) {
  return {FailureKind::local, "redis_unreachable", std::move(detail)};
}
Failure refused(std::string detail) {
  return {FailureKind::local, "redis_refused", std::move(detail)};
}

using Judge = Result<void> (*)(const Reply& reply, const std::string& where);

Result<void> any(const Reply&, const std::string&) {
  return {};
}

Result<void> is_master(const Reply& reply, const std::string& where) {
  const auto* parts = reply.array();
  if (parts == nullptr || parts->empty() || parts->front() != Reply{"master"}) {
    return unreachable(where +
                       " is no master, though the sentinels name it; a failover is under way");
  }
  return {};
}

Result<void> is_cluster(const Reply& reply, const std::string& where) {
  const std::string* text = reply.text();
  if (text == nullptr || text->find("cluster_enabled:1") == std::string::npos) {
    return refused(where +
                   " is no node of a Redis Cluster, but redis.url names several nodes; name one, "
                   "or the sentinels (redis.sentinels)");
  }
  return {};
}

struct Greeting {
  Command command;
  std::string what;  // for a person, when Redis refuses it
  Judge judge = any;
};

std::vector<Greeting> greetings(const Endpoint& endpoint) {
  std::vector<Greeting> all;
  const Secret password = endpoint.password.get();  // as it is now: a file may have changed
  if (!password.empty()) {
    Command auth{"AUTH"};
    if (!endpoint.username.empty()) {
      auth.push_back(endpoint.username);
    }
    auth.emplace_back(password.reveal());
    all.push_back({std::move(auth), "the credentials; check " + endpoint.credentials_keys() +
                                        "; a Redis without a password takes none"});
  }
  if (endpoint.database != 0) {
    all.push_back({{"SELECT", std::to_string(endpoint.database)},
                   "the database; check the number at the end of redis.url (a Redis Cluster has 0 "
                   "alone), and the user's rights"});
  }
  if (!endpoint.further.empty()) {
    all.push_back({{"INFO", "cluster"}, "INFO; check the user's rights", is_cluster});
  }
  if (endpoint.sentinels) {
    all.push_back({{"ROLE"}, "ROLE; give the user +role (ACL SETUSER)", is_master});
  }
  const Command first = endpoint.root.empty() ? Command{"PING"} : Command{"EXISTS", endpoint.root};
  all.push_back({first, "the first command; does it want credentials (" +
                            endpoint.credentials_keys() + ")?"});
  return all;
}

bool is_not_ready(const std::string& code) {
  constexpr auto passing = std::to_array<std::string_view>(
      {"LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "ASK", "TRYAGAIN", "MOVED"});
  return std::ranges::find(passing, code) != passing.end();
}

// What ends a connection before its first answer is rather its kind than its loss.
Failure ended(Failure why, const Endpoint& endpoint, bool is_encrypted) {
  if (why.code == "redis_disconnected") {
    why.code = "redis_unreachable";
    if (!is_encrypted) {
      why.detail += "; does it want TLS (rediss://)? check " + endpoint.address_key();
    }
  }
  return why;
}

}  // namespace

awaitable<Result<std::optional<TcpAddress>>> greet(std::shared_ptr<Link> link, Endpoint endpoint,
                                                   Duration deadline) {
  for (Greeting& greeting : greetings(endpoint)) {
    auto reply = co_await Link::command(link, std::move(greeting.command), deadline);
    if (!reply) {
      co_return ended(std::move(reply).failure(), endpoint, link->is_encrypted());
    }
    if (const auto elsewhere = moved_to(*reply, link->address())) {
      co_return elsewhere;
    }
    if (const Error* error = reply->error()) {
      // Only the error's first word: Redis repeats arguments in some of its texts.
      const std::string code = error->text.substr(0, error->text.find(' '));
      if (is_not_ready(code)) {
        co_return unreachable(link->where() + " is not ready yet (" + code + ")");
      }
      co_return refused(link->where() + " refused (" + code + ") " + greeting.what);
    }
    if (auto fit = greeting.judge(*reply, link->where()); !fit) {
      co_return std::move(fit).failure();
    }
  }
  co_return std::optional<TcpAddress>();
}

}  // namespace claimferry::redis
