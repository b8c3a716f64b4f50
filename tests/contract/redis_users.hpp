// RedisUsers: a real Redis under deploy/redis/users.acl, made ready as its README says, and a
// connection of each user.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/queue/adapter/redis_queue_upkeep.hpp"
#include "common/queue/adapter/redis_token_store.hpp"
#include "common/quota/adapter/redis_fleet_quota.hpp"
#include "common/redis/tcp_client.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/integration/process.hpp"

namespace claimferry::contract {

// A file of this source tree.
std::string tree_file(const std::string& path);

// What a user of deploy/redis/users.acl may, as ACL SETUSER takes it; without "off".
std::vector<std::string> rules_of(const std::string& user);

class RedisUsers {
 public:
  // Throws std::runtime_error when the documented steps or Redis fail.
  RedisUsers();

  struct User {
    User(boost::asio::io_context& io, const redis::Endpoint& endpoint, Random& random)
        : client(executor_of(io), endpoint, random),
          queue(client, random),
          upkeep(client, random),
          tokens(client),
          quota(client) {}
    redis::TcpClient client;
    queue::RedisJobQueue queue;
    queue::RedisQueueUpkeep upkeep;
    queue::RedisTokenStore tokens;
    quota::RedisFleetQuota quota;
  };
  // "worker", "scheduler", "enroll", "operator", "metrics", and "admin", who is the test's own.
  std::unique_ptr<User> as(const std::string& user);
  std::string password(const std::string& user) const;
  // Killed, and started on what it had logged.
  void restart() {
    server_->kill();
    server_->start();
  }
  std::string socket() const { return (server_->directory() / "redis.sock").string(); }
  const std::filesystem::path& directory() const { return directory_.path(); }

  template <class T>
  T run(awaitable<T> call) {
    return contract::run(io_, std::move(call));
  }
  redis::Reply command(User& user, redis::Command words) {
    return *run(user.client.command(std::move(words)));
  }

 private:
  integration::TemporaryDirectory directory_;
  boost::asio::io_context io_;
  SeededRandom random_{7};
  std::unique_ptr<RedisServer> server_;
};

}  // namespace claimferry::contract
