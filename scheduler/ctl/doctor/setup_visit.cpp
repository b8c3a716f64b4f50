#include "scheduler/ctl/doctor/setup_visit.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <tuple>

#include <boost/json.hpp>

#include "common/claims/adapter/postgres_failure.hpp"
#include "common/claims/adapter/postgres_schema.hpp"
#include "common/members/adapter/member_stores.hpp"
#include "common/program/program.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/queue/adapter/server_check.hpp"
#include "scheduler/ctl/console_call.hpp"
#include "scheduler/ctl/doctor/redis_rights.hpp"
#include "scheduler/ctl/doctor/setup_diagnosis.hpp"
#include "scheduler/ctl/doctor/sink_look.hpp"
#include "scheduler/redis_health.hpp"

namespace claimferry::ctl {
namespace {

awaitable<Result<redis::Reply>> ask(redis::Client& client, redis::Command command) {
  auto reply = co_await client.command(std::move(command));
  if (reply && reply->error() != nullptr) {
    co_return Failure{FailureKind::permanent, "refused", reply->error()->text};
  }
  co_return reply;
}

awaitable<Result<claims::PostgresRights>> look_at_database(std::shared_ptr<postgres::Pool> pool) {
  auto lease = co_await postgres::Pool::lease(std::move(pool));
  if (!lease) {
    co_return claims::sink_failure(lease.failure());
  }
  co_return co_await claims::postgres_rights(std::move(*lease));
}

std::optional<WallTime> time_in(const redis::Reply& reply) {
  const auto* parts = reply.array();
  if (parts == nullptr || parts->size() != 2 || (*parts)[0].text() == nullptr) {
    return std::nullopt;
  }
  return WallTime(std::chrono::seconds(std::atoll((*parts)[0].text()->c_str())) +
                  Duration(std::atoll((*parts)[1].text()->c_str()) / 1'000));
}

// Of what cf_version answers as JSON; 0: it says nothing.
unsigned library_in(const std::string& answer) {
  boost::system::error_code error;
  const auto value = boost::json::parse(answer, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* library = object == nullptr ? nullptr : object->if_contains("library");
  return library != nullptr && library->is_int64() ? static_cast<unsigned>(library->as_int64()) : 0;
}

struct LibraryLook {
  bool may_call = false;
  unsigned version = 0;  // 0: none is there
};
// Who may not call a function, as a worker's user, reads what loading recorded.
LibraryLook look_at_library(LocalRun& local, redis::Client& client) {
  const auto told = local.run(ask(client, as_command({"cf_version", {"as=json"}, ""})));
  if (told) {
    return {true, library_in(as_text(*told))};
  }
  if (!told.failure().detail.starts_with("NOPERM")) {
    return {true, 0};
  }
  redis::Command read{"HGET", std::string(queue::root_key) + ":meta", "library"};
  const auto recorded = local.run(ask(client, std::move(read)));
  const bool is_there = recorded && recorded->text() != nullptr;
  return {false, is_there ? static_cast<unsigned>(std::atoi(recorded->text()->c_str())) : 0};
}

// What Redis says of a user without running anything; nothing: the asker may not ask.
std::optional<bool> dry_run(LocalRun& local, redis::Client& client, const std::string& user,
                            std::string_view command) {
  redis::Command asked{"ACL", "DRYRUN", user.empty() ? "default" : user};
  std::ranges::move(words_of(command), std::back_inserter(asked));
  const auto told = local.run(ask(client, std::move(asked)));
  if (!told || told->text() == nullptr) {
    return std::nullopt;
  }
  return *told->text() == "OK";
}

}  // namespace

Finding SetupVisit::keys() const {
  return of_keys(vault::KeyRing::load(config_.vault.key_file), config_.vault.key_file);
}

std::vector<Finding> SetupVisit::redis() {
  const std::string& where = config_.redis.url;
  auto endpoint = program::redis_endpoint(config_.redis);
  if (!endpoint) {
    return {of_redis_trouble(endpoint.failure(), where)};
  }
  const SystemClock clock;
  SystemRandom random;
  LocalRun local;
  redis::TcpClient client(executor_of(local.io()), std::move(*endpoint), random);
  queue::RedisJobQueue queue(client, random);
  if (const auto fit = local.run(queue.check_server()); !fit) {
    return {of_redis_trouble(fit.failure(), where)};
  }
  const SteadyTime asked = clock.steady();
  const auto info = local.run(ask(client, {"INFO"}));
  if (!info) {
    return {of_redis_trouble(info.failure(), where)};
  }
  const std::string text = info->text() == nullptr ? "" : *info->text();
  RedisLook look{
      where, queue::info_value(text, "redis_version"), scheduler::redis_snapshot(text), {}};
  look.snapshot.latency_seconds = std::chrono::duration<double>(clock.steady() - asked).count();
  look.default_may_write = dry_run(local, client, "default", "hset cf:{0} a b");
  std::vector<Finding> findings = of_redis(look);
  const auto time = local.run(ask(client, {"TIME"}));
  if (const auto theirs = time ? time_in(*time) : std::nullopt) {
    findings.push_back(of_redis_clock(*theirs, clock.wall()));
  }
  const std::string& user = config_.redis.username;
  const auto stats = local.run(queue.stats());
  const LibraryLook library = look_at_library(local, client);
  findings.push_back(of_rights({user, stats, library.may_call}, [&](std::string_view command) {
    return dry_run(local, client, user, command);
  }));
  findings.push_back(of_functions(library.version, queue::function_library_version));
  if (stats) {
    findings.push_back(of_fleet(*stats));
  }
  return findings;
}

std::vector<Finding> SetupVisit::sink() {
  const auto& [kind, path] = std::tie(config_.sink.kind, config_.sink.path);
  return {kind == "postgres" ? database()
          : kind == "ndjson" ? of_segments(path)
                             : of_sqlite_file(path),
          of_audit_directory(config_.audit.path)};
}

Finding SetupVisit::database() {
  auto login = program::postgres_login(config_.sink);
  if (!login) {
    return of_database(login.failure());
  }
  const SystemClock clock;
  SystemRandom random;
  LocalRun local;
  postgres::Pool::Options options;
  options.connections_max = 1;
  auto pool =
      std::make_shared<postgres::Pool>(executor_of(local.io()), *login, options, clock, random);
  return of_database(local.run(look_at_database(pool)));
}

std::vector<Finding> SetupVisit::disks() const {
  std::vector<Finding> findings;
  const auto look = [&findings](const std::string& what, std::filesystem::path path) {
    std::error_code error;
    while (!path.empty() && path.has_relative_path() && !std::filesystem::exists(path, error)) {
      path = path.parent_path();
    }
    const auto space = std::filesystem::space(path.empty() ? "." : path, error);
    if (!error) {
      findings.push_back(of_disk({what, path.string(), space.available, space.capacity}));
    }
  };
  if (!config_.sink.path.empty()) {
    look("sink.path", config_.sink.path);
  }
  if (!config_.audit.path.empty()) {
    look("audit.path", config_.audit.path);
  }
  return findings;
}

}  // namespace claimferry::ctl
