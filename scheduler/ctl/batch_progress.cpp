#include "scheduler/ctl/batch_progress.hpp"

#include <stdexcept>

#include <boost/json.hpp>

namespace claimferry::ctl {
namespace {

constexpr std::uint64_t cells = 20;

}  // namespace

BatchProgress BatchProgress::parse(const std::string& json) {
  try {
    const boost::json::object object = boost::json::parse(json).as_object();
    const auto number = [&object](std::string_view name) {
      return object.at(name).to_number<std::uint64_t>();
    };
    BatchProgress progress;
    progress.state = object.at("state").as_string();
    progress.members = number("members");
    progress.ended = progress.members - number("not_queued_yet") - number("queued_or_running");
    progress.dead = number("dead");
    progress.eta = object.at("eta").as_string();
    progress.json = json;
    return progress;
  } catch (const std::exception&) {
    throw std::runtime_error(
        "Redis answered of the batch in a form that this release does not know; use the claimferry "
        "of the scheduler's release");
  }
}

std::string BatchProgress::bar() const {
  const std::uint64_t full = members == 0 ? cells : ended * cells / members;
  const std::uint64_t percent = members == 0 ? 100 : ended * 100 / members;
  return "[" + std::string(full, '#') + std::string(cells - full, '-') + "] " +
         std::to_string(percent) + " %, ETA " + eta;
}

std::string BatchProgress::text() const {
  return state + ": " + std::to_string(ended) + " of " + std::to_string(members) + " members, " +
         std::to_string(dead) + " dead";
}

}  // namespace claimferry::ctl
