#include "tests/contract/clean_queue.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "common/queue/adapter/queue_fsck.hpp"
#include "common/queue/adapter/redis_queue_check.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::contract {

queue::FsckReport check_queue(boost::asio::io_context& io, redis::Client& redis, bool repair) {
  queue::RedisQueueCheck check(redis);
  queue::QueueFsck fsck(check, repair);
  auto report = run(io, fsck.run());
  if (!report) {
    throw std::runtime_error("fsck: " + report.failure().code + " " + report.failure().detail);
  }
  return std::move(*report);
}

std::string findings_of(const queue::FsckReport& report) {
  std::string text;
  for (const queue::Finding& finding : report.examples()) {
    text += finding.row + " " + finding.about + " " + finding.what + "; " + finding.remedy +
            (finding.mended ? " (done)\n" : "\n");
  }
  return text;
}

void expect_clean_queue(boost::asio::io_context& io, redis::Client& redis) {
  const auto report = check_queue(io, redis);
  EXPECT_TRUE(report.clean() && report.found() == 0) << findings_of(report);
}

std::string first_unknown(boost::asio::io_context& io, redis::Client& redis,
                          const std::vector<redis::Command>& commands) {
  for (const redis::Command& command : commands) {
    const auto reply = run(io, redis.command(command));
    if (reply && reply->error() != nullptr && reply->error()->text.starts_with("ERR unknown")) {
      return command.front();
    }
  }
  return "";
}

std::string missing_for_fsck(boost::asio::io_context& io, redis::Client& redis) {
  return first_unknown(io, redis,
                       {{"ZSCAN", "none", "0", "COUNT", "1"},
                        {"HSCAN", "none", "0", "COUNT", "1"},
                        {"RENAMENX", "none", "none either"}});
}

}  // namespace claimferry::contract
