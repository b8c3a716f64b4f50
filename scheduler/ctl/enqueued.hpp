// How a command tells of the job that it enqueued.
#pragma once

#include <string>

#include "common/queue/adapter/job_queue.hpp"
#include "scheduler/ctl/context.hpp"

namespace claimferry::ctl {

// "OK <job>" or "DUP <job>"; as JSON {"member","job","is_new"}, one line.
std::string enqueued_line(const Context& context, const MemberId& member,
                          const queue::JobQueue::Enqueued& added);
void print_enqueued(const Context& context, const MemberId& member,
                    const queue::JobQueue::Enqueued& added);

}  // namespace claimferry::ctl
