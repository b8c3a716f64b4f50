#include "scheduler/ctl/doctor/setup_diagnosis.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "common/base/limits.hpp"

namespace claimferry::ctl {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t gib = 1'024 * limits::MiB;
constexpr double slow_seconds = 0.02;
constexpr Duration clock_doubtful = 1s;
constexpr Duration clock_bad = 30s;

std::string seconds_text(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(duration).count());
  return text;
}

std::string size_text(std::uint64_t bytes) {
  char text[32];
  if (bytes < gib) {
    std::snprintf(text, sizeof text, "%.0f MiB", static_cast<double>(bytes) / limits::MiB);
  } else {
    std::snprintf(text, sizeof text, "%.1f GiB",
                  static_cast<double>(bytes) / static_cast<double>(gib));
  }
  return text;
}

std::string fix_of_redis(const Failure& failure) {
  if (failure.code == "redis_evicts") {
    return "redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf";
  }
  if (failure.code == "redis_too_old") {
    return "put a Redis of version 7 or newer at redis.url";
  }
  if (failure.code == "redis_schema") {
    return "use the claimferry of that release";
  }
  if (failure.code == "redis_wrongtype") {
    return "claimferry fsck shows the key, claimferry fsck --repair puts it aside";
  }
  if (failure.kind != FailureKind::local) {
    return "correct redis.username and redis.password_file, or give the user what "
           "deploy/redis/users.acl gives its like";
  }
  return "start it, or correct redis.url and what stands between: a network policy, a password "
         "file, a certificate";
}

std::string fix_of_database(const Failure& failure) {
  if (failure.code == "sink_schema") {
    return "claimferry db migrate brings an older schema forward; another database is named in "
           "sink.url";
  }
  if (failure.code == "sink_rights") {
    return "run there: GRANT claimferry_worker, or claimferry_enroller, to the user of sink.url";
  }
  return "start it, or correct sink.url and what stands between: a network policy, "
         "sink.password_file, pg_hba.conf, a certificate";
}

}  // namespace

std::vector<Finding> of_configuration(const std::vector<config::Problem>& problems) {
  std::vector<Finding> findings;
  for (const config::Problem& problem : problems) {
    findings.push_back(bad("configuration", problem.str(),
                           "mend it there; claimferry config check says whether it took"));
  }
  if (findings.empty()) {
    findings.push_back(good("configuration", "every key has a value that fits"));
  }
  return findings;
}

Finding of_keys(const Result<vault::KeyRing>& keys, const std::string& file) {
  if (!keys) {
    return bad("keys", keys.failure().detail,
               "name the fleet's key file in vault.key_file, of this user's alone and one key a "
               "line; a fleet without members yet makes one: claimferry keys init FILE");
  }
  const auto number = keys->keys().size();
  return good("keys", file + " holds " + std::to_string(number) + (number == 1 ? " key" : " keys") +
                          ", " + keys->active().id + " is active");
}

Finding of_redis_trouble(const Failure& failure, const std::string& where) {
  const bool says_where = failure.detail.find(where) != std::string::npos;
  return bad("Redis", (says_where ? "" : where + ": ") + failure.detail, fix_of_redis(failure));
}

std::vector<Finding> of_redis(const RedisLook& look) {
  std::vector<Finding> findings;
  char took[32];
  std::snprintf(took, sizeof took, "%.1f ms", look.snapshot.latency_seconds * 1'000);
  const bool is_slow = look.snapshot.latency_seconds > slow_seconds;
  findings.push_back({is_slow ? Health::doubtful : Health::good, "Redis",
                      look.where + " answers, version " + look.version + ", in " + took,
                      is_slow
                          ? "each job waits for several calls: put Redis nearer, or look at what "
                            "else it does (redis-cli --latency, SLOWLOG GET)"
                          : ""});
  if (!look.snapshot.is_persisting) {
    findings.push_back({Health::bad, "Redis persistence",
                        "its last snapshot or write of its log failed",
                        "look at its log and its disk: what is not written is lost with it"});
  } else if (!look.snapshot.is_aof_on) {
    findings.push_back({Health::doubtful, "Redis persistence",
                        "the append-only file is off, so a crash loses what came since the last "
                        "snapshot",
                        "redis-cli CONFIG SET appendonly yes, and in redis.conf; appendfsync "
                        "everysec is what the queue reckons with"});
  } else if (look.default_may_write == false) {
    findings.push_back({Health::bad, "Redis persistence",
                        "the user default may not write, and as default Redis reads its "
                        "append-only file back: most versions then drop what scripts wrote",
                        "give it rights, on or off: user default off ~* &* +@all (nobody can be a "
                        "user that is off; deploy/redis/README.md)"});
  } else {
    findings.push_back({Health::good, "Redis persistence", "the append-only file is on", ""});
  }
  const auto& [used, most] =
      std::pair(look.snapshot.memory_used_bytes, look.snapshot.memory_max_bytes);
  const bool is_near = most > 0 && used > most / 5 * 4;
  findings.push_back({is_near ? Health::doubtful : Health::good, "Redis memory",
                      size_text(used) + " used of " + (most == 0 ? "no limit" : size_text(most)),
                      is_near ? "raise maxmemory: a full Redis takes no job and no token" : ""});
  return findings;
}

Finding of_redis_clock(WallTime theirs, WallTime ours) {
  const Duration apart = std::chrono::abs(theirs - ours);
  const Health health = apart > clock_bad        ? Health::bad
                        : apart > clock_doubtful ? Health::doubtful
                                                 : Health::good;
  return {health, "clock", "Redis' and ours are " + seconds_text(apart) + " apart",
          health == Health::good ? "" : "run chrony or another NTP client on both hosts"};
}

Finding of_fleet(const queue::QueueStats& stats) {
  const std::string workers = std::to_string(stats.workers) + " workers ask for work";
  if (!stats.has_leader) {
    return {Health::doubtful, "fleet", "no scheduler leads; " + workers,
            "start claimferry-scheduler: without one nothing is planned"};
  }
  if (stats.workers == 0) {
    return {Health::doubtful, "fleet", "a scheduler leads; " + workers,
            "start claimferry-worker with the same configuration"};
  }
  return {Health::good, "fleet", "a scheduler leads; " + workers, ""};
}

Finding of_functions(unsigned version, unsigned ours) {
  if (version == 0) {
    return {Health::doubtful, "functions", "the operators' functions are not in Redis",
            "a scheduler that leads loads them: start one, with the rights of "
            "deploy/redis/users.acl"};
  }
  const std::string which = "version " + std::to_string(version) + " is in Redis";
  if (version == ours) {
    return {Health::good, "functions", which, ""};
  }
  return {Health::doubtful, "functions", which + ", this release has " + std::to_string(ours),
          version < ours ? "a scheduler of this release that leads replaces it"
                         : "a newer release was here; use its claimferry, or upgrade this one"};
}

Finding of_database(const Result<claims::PostgresRights>& rights) {
  if (!rights) {
    return bad("database", rights.failure().detail, fix_of_database(rights.failure()));
  }
  const std::string who = "the schema is this release's, and user " + rights->user;
  if (rights->writes_claims) {
    return {Health::good, "database", who + " may write claims, as a worker does", ""};
  }
  if (rights->keeps_members) {
    return {Health::good, "database",
            who + " may keep members, as scheduler and enrolment do, but write no claims", ""};
  }
  return {Health::bad, "database", who + " may write neither claims nor members",
          "run there: GRANT claimferry_worker TO " + rights->user +
              " for a worker, GRANT claimferry_enroller for scheduler, enrolment and this command"};
}

Finding of_disk(const DiskLook& look) {
  const bool is_full = look.free_bytes < gib / 4;
  const bool is_near = look.free_bytes < gib || look.free_bytes < look.bytes / 20;
  const Health health = is_full ? Health::bad : is_near ? Health::doubtful : Health::good;
  return {health, "disk",
          look.what + " (" + look.path + ") has " + size_text(look.free_bytes) + " free of " +
              size_text(look.bytes),
          health == Health::good ? "" : "make room: a claim takes some 30 kB with its raw bytes"};
}

Finding of_grace(const config::WorkerConfig& worker, Duration grace) {
  const Duration needed =
      std::max(worker.drain, Duration(limits::refresh_drain_max)) + Duration(limits::flush_time);
  const std::string what = "a worker takes " + seconds_text(needed) +
                           " at most to end, and is given " + seconds_text(grace);
  if (needed <= grace) {
    return {Health::good, "time to end", what, ""};
  }
  return {Health::bad, "time to end", what,
          "raise terminationGracePeriodSeconds, or lower worker.drain: a worker that is killed "
          "leaves its jobs to their leases, and may lose a refresh under way"};
}

}  // namespace claimferry::ctl
