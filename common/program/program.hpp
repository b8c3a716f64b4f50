// What every program of ours does before and beside its work: flags, the configuration, the
// connection to Redis, the ready file, the signals that end it.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "common/base/result.hpp"
#include "common/config/files.hpp"
#include "common/config/loader.hpp"
#include "common/postgres/address.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/redis/endpoint.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::members {
class MemberStores;
}

namespace claimferry::program {

// DESIGN §15.
enum ExitStatus : int { succeeded = 0, failed = 1, usage = 2, unreachable = 3, refused = 4 };

// "worker.slots=8": the value behind --set of every program. Nothing for a word without a key or
// '='.
using Settings = std::vector<std::pair<std::string, std::string>>;
std::optional<Settings> split_settings(const std::vector<std::string>& words);
inline constexpr auto set_help = "key=value over the file and the environment; repeatable";
inline constexpr auto set_form = "write key=value, such as worker.slots=8";

// The configuration and every mistake in it and in the files that it names, all at once.
config::Loaded load_and_check_files(const std::string& file, Settings settings);

struct Invocation {
  config::Config config;
  std::string ready_file;
};

// The invocation of a service, or the status to exit with: after --help, --version, --check, or
// after every mistake was printed.
struct Begun {
  std::optional<Invocation> invocation;
  int exit_status = succeeded;
};
struct About {
  std::string name;
  std::string description;
  // Sections of the configuration that this program leaves unread and unjudged ("sink."), and what
  // it asks of the configuration beside what every program does.
  std::vector<std::string> ignores = {};
  std::function<std::vector<config::Problem>(config::Config&)> also_check = {};
};
// From here on the process leaves no core dump, neither by a crash nor by a debugger of the same
// user: memory holds tokens and claims. begin() calls it.
void forbid_core_dumps();
// The kernel gives process 1 of a container no signal that it did not ask for: SIGINT, SIGTERM and
// SIGHUP end it as they end any other process, with 128 and the signal's number.
void end_when_told_to();
Begun begin(int argc, char** argv, const About& about);

// For what a program cannot begin without: throws std::runtime_error with the failure's detail.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.failure().detail);
  }
  return std::move(*result);
}

// Prints "name: problem" for each; answers whether there were any.
bool print_problems(const std::string& name, const std::vector<config::Problem>& problems);

// The endpoint that [redis] names, with passwords and certificates out of their files.
Result<redis::Endpoint> redis_endpoint(const config::RedisConfig& config);
// The database that [sink] names, likewise.
Result<postgres::Login> postgres_login(const config::SinkConfig& config);

// The same where it keeps members, too; nothing where Redis alone does.
Result<std::optional<postgres::Login>> record_login(const config::SinkConfig& config);

// {"admin":"http://127.0.0.1:9464"} and what else listens, renamed into place. Throws
// std::runtime_error.
void write_ready_file(const std::string& path, const std::string& admin_url,
                      const std::vector<std::pair<std::string, std::string>>& others = {});

// Until a Redis answers that can be used: tells about one that is away once, and goes on trying.
// Fails at once for one that cannot ever do (too old, evicts, another schema).
awaitable<Result<void>> wait_for_redis(queue::JobQueue& queue, telemetry::Observer& observer,
                                       Random& random);

// Likewise for the database of members, where one is configured.
awaitable<Result<void>> wait_for_members(members::MemberStores& stores,
                                         telemetry::Observer& observer, Random& random);

// Calls back once on SIGTERM or SIGINT; a second signal ends the process at once.
void on_termination(boost::asio::io_context& io, std::function<void()> callback);

// Exits with this status when the process has not ended by itself by then; at least a second.
void end_within(Duration at_most, int exit_status);

}  // namespace claimferry::program
