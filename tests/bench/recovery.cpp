#include "tests/bench/recovery.hpp"

#include <chrono>
#include <csignal>
#include <stdexcept>

#include "tests/integration/fleet.hpp"

namespace claimferry::bench {
namespace {

using integration::eventually;
using integration::Fleet;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto page_takes = 500ms;
constexpr unsigned eobs = 4'000;  // 200 pages: more than anybody comes to see

}  // namespace

double measure_recovery(const std::string& queue, long pages_before_the_kill) {
  integration::FleetOptions options;
  options.queue = queue;
  Fleet fleet(options);
  fleet.start_all_but_workers();
  const std::string takes = std::to_string(page_takes.count());
  fleet.set_faults(R"({"latency_ms":{"min":)" + takes + R"(,"max":)" + takes + "}}");
  // The only worker gets the only member; the heir has nothing to do until then.
  fleet.start_worker("victim");
  fleet.add_members(1, eobs);
  if (!eventually(60s, [&] { return fleet.violation("pages") >= pages_before_the_kill; })) {
    throw std::runtime_error("the member's pages do not come:\n" + fleet.logs());
  }
  fleet.start_worker("heir");
  const auto killed = steady_clock::now();
  fleet.stop("victim", SIGKILL);
  // What it had sent has arrived: the next request that does is the heir's.
  const long requests = fleet.violation("requests");
  if (!eventually(120s, [&] { return fleet.violation("requests") > requests; })) {
    throw std::runtime_error("nobody went on:\n" + fleet.logs());
  }
  return std::chrono::duration<double>(steady_clock::now() - killed).count();
}

}  // namespace claimferry::bench
