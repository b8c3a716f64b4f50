// Session: one command's connection to Redis, and how a command ends: a line for a person and an
// exit status.
#pragma once

#include <memory>
#include <string>
#include <type_traits>

#include "common/members/adapter/member_stores.hpp"
#include "common/program/program.hpp"
#include "common/queue/adapter/member_directory.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/redis/tcp_client.hpp"
#include "common/vault/vault.hpp"
#include "scheduler/ctl/console_call.hpp"
#include "scheduler/ctl/context.hpp"
#include "scheduler/ctl/local_run.hpp"

namespace claimferry::ctl {

// Ends the command with its status; main() prints the text.
struct CommandFailed {
  program::ExitStatus status;
  std::string text;
};

// unreachable for Redis away, refused for what the queue would not do.
CommandFailed command_failed(const Failure& failure);
// What a function of the operators' library refused.
CommandFailed command_failed(const redis::Error& error);

// What was asked for; a failure ends the command.
template <class T>
T value_or_end(Result<T> result) {
  if (!result) {
    throw command_failed(result.failure());
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

// What --set says; CommandFailed for a word that is no key=value.
program::Settings settings_of(const Context& context);

// The configuration, or CommandFailed after every mistake was printed. Of the files that it names,
// a command judges those that it opens: the keys that name them.
using OpenedFiles = std::vector<std::string_view>;
config::Config load_config(const Context& context,
                           const OpenedFiles& opened = {"redis.password_file"});

// refused for a sink that has no tables.
void need_tables(const config::Config& config);

// The vault over the configured key file; CommandFailed for a file that is none.
vault::Vault open_vault(const config::Config& config);

class Session {
 public:
  // What a command asks of Redis before it begins: what the services ask, or no more than that it
  // answers and is new and safe enough, though a key of another type stands among ours.
  enum class Demands { ours, any_keys };
  explicit Session(const config::Config& config, Demands demands = Demands::ours);
  ~Session();

  queue::JobQueue& queue() noexcept { return *queue_; }
  queue::MemberDirectory& members() noexcept { return *members_; }
  redis::Client& redis() noexcept { return *client_; }
  // Where members stand; asks the database, where one is configured, whether it is fit.
  members::MemberStores& stores(const config::Config& config);

  // What a function of the operators' library answers. Where nobody has loaded it yet, it is loaded
  // first, if the user may. Throws CommandFailed for what it refuses.
  redis::Reply call(const ConsoleCall& call);

  // Runs to the end; throws CommandFailed for a failure.
  template <class T>
  T run(awaitable<Result<T>> operation) {
    return value_or_end(result_of(std::move(operation)));
  }
  template <class T>
  Result<T> result_of(awaitable<Result<T>> operation) {
    return local_.run(std::move(operation));
  }

 private:
  redis::Endpoint endpoint_;
  SystemRandom random_;
  LocalRun local_;
  std::unique_ptr<redis::TcpClient> client_;
  std::unique_ptr<queue::RedisJobQueue> queue_;
  std::unique_ptr<queue::MemberDirectory> members_;
  SystemClock clock_;
  std::unique_ptr<members::MemberStores> stores_;
};

}  // namespace claimferry::ctl
