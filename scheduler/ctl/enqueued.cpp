#include "scheduler/ctl/enqueued.hpp"

#include <cstdio>

#include <boost/json.hpp>

namespace claimferry::ctl {

std::string enqueued_line(const Context& context, const MemberId& member,
                          const queue::JobQueue::Enqueued& added) {
  if (!context.json) {
    return (added.is_new || added.runs_again ? "OK " : "DUP ") + added.job.str() +
           (added.runs_again ? " runs now, and once more after that" : "");
  }
  boost::json::object object;
  object["member"] = member.str();
  object["job"] = added.job.str();
  object["is_new"] = added.is_new;
  object["runs_again"] = added.runs_again;
  return boost::json::serialize(object);
}

void print_enqueued(const Context& context, const MemberId& member,
                    const queue::JobQueue::Enqueued& added) {
  std::puts(enqueued_line(context, member, added).c_str());
}

}  // namespace claimferry::ctl
