#include "common/queue/adapter/server_check.hpp"

#include <cstdlib>

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {
namespace {

constexpr int redis_major_min = 7;

Result<void> judge(const std::string& info) {
  const std::string version = info_value(info, "redis_version");
  if (std::atoi(version.c_str()) < redis_major_min) {
    return Failure{FailureKind::permanent, "redis_too_old",
                   "Redis " + version + " at redis.url is too old: 7 or newer is needed"};
  }
  const std::string policy = info_value(info, "maxmemory_policy");
  if (policy != "noeviction") {
    return Failure{FailureKind::permanent, "redis_evicts",
                   "Redis at redis.url may throw keys away (maxmemory-policy " + policy +
                       "): jobs and tokens would be lost; set it: redis-cli CONFIG SET "
                       "maxmemory-policy noeviction, and in redis.conf"};
  }
  return {};
}

Failure refused(const redis::Error& error) {
  if (passes_by_itself(error)) {
    return failure_of(error);
  }
  if (error.text.starts_with("WRONGTYPE")) {
    return {FailureKind::permanent, failure_of(error).code,
            "a key of ours in the Redis at redis.url holds something else; put it aside: "
            "claimferry fsck --repair"};
  }
  return {FailureKind::permanent, failure_of(error).code,
          "Redis at redis.url answers " + error.text +
              "; check redis.username, redis.password_file and what that user may do"};
}

}  // namespace

std::string info_value(const std::string& info, const std::string& name) {
  const auto at = ("\n" + info).find("\n" + name + ':');
  if (at == std::string::npos) {
    return "";
  }
  const auto begin = at + name.size() + 1;
  return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
}

awaitable<Result<void>> check_server(redis::Client& redis) {
  redis::Command info{"INFO"};
  auto reply = co_await redis.command(std::move(info));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  if (const redis::Error* error = reply->error()) {
    co_return refused(*error);
  }
  if (reply->text() == nullptr) {
    co_return Failure{FailureKind::permanent, "redis_info", "Redis answered no text to INFO"};
  }
  if (auto fit = judge(*reply->text()); !fit) {
    co_return fit;
  }
  redis::Command schema{"HGET", std::string(root_key) + ":meta", "min_writer"};
  auto needed = co_await redis.command(std::move(schema));
  if (!needed) {
    co_return std::move(needed.failure());
  }
  if (const redis::Error* error = needed->error()) {
    co_return refused(*error);
  }
  const std::string ours(writer_version);
  const std::string* writer = needed->text();
  if (writer != nullptr && std::atoi(writer->c_str()) > std::atoi(ours.c_str())) {
    co_return Failure{
        FailureKind::permanent, "redis_schema",
        "Redis holds data of a newer release (min_writer " + *writer + "); upgrade this program"};
  }
  co_return Result<void>();
}

}  // namespace claimferry::queue
