// expect_clean_queue: the end of a test that left the queue alone: fsck finds nothing in it.
#pragma once

#include <boost/asio/io_context.hpp>

#include "common/queue/fsck_report.hpp"
#include "common/redis/client.hpp"

namespace claimferry::contract {

// Throws std::runtime_error when Redis does not answer.
queue::FsckReport check_queue(boost::asio::io_context& io, redis::Client& redis,
                              bool repair = false);
// The report as lines, for a failure's text; empty: clean.
std::string findings_of(const queue::FsckReport& report);
// A non-fatal failure that names what was found.
void expect_clean_queue(boost::asio::io_context& io, redis::Client& redis);
// The first that this Redis does not know, by name; the in-memory keyspace knows only what it is
// used for. The commands should change nothing.
std::string first_unknown(boost::asio::io_context& io, redis::Client& redis,
                          const std::vector<redis::Command>& commands);
std::string missing_for_fsck(boost::asio::io_context& io, redis::Client& redis);

}  // namespace claimferry::contract
