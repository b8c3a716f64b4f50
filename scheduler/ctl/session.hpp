// Session: one command's connection to Redis, and how a command ends: a line for a person and an
// exit status.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/program/program.hpp"
#include "common/queue/adapter/member_directory.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/redis/tcp_client.hpp"

namespace claimferry::ctl {

// Ends the command with its status; main() prints the text.
struct CommandFailed {
  program::ExitStatus status;
  std::string text;
};

// unreachable for Redis away, refused for what the queue would not do.
CommandFailed command_failed(const Failure& failure);

// The configuration, or CommandFailed with every mistake.
config::Config load_config(const std::string& file);

class Session {
 public:
  explicit Session(const config::Config& config);
  ~Session();

  queue::JobQueue& queue() noexcept { return *queue_; }
  queue::MemberDirectory& members() noexcept { return *members_; }

  // Runs to the end; throws CommandFailed for a failure.
  template <class T>
  T run(awaitable<Result<T>> operation) {
    std::optional<Result<T>> result;
    boost::asio::co_spawn(io_, keep(std::move(operation), result), [](std::exception_ptr error) {
      if (error) {
        std::rethrow_exception(error);
      }
    });
    io_.restart();
    while (!result && io_.run_one() > 0) {
    }
    if (!*result) {
      throw command_failed(result->failure());
    }
    return std::move(**result);
  }

 private:
  template <class T>
  static awaitable<void> keep(awaitable<Result<T>> operation, std::optional<Result<T>>& result) {
    result.emplace(co_await std::move(operation));
  }

  SystemRandom random_;
  boost::asio::io_context io_{1};
  std::unique_ptr<redis::TcpClient> client_;
  std::unique_ptr<queue::RedisJobQueue> queue_;
  std::unique_ptr<queue::MemberDirectory> members_;
};

}  // namespace claimferry::ctl
