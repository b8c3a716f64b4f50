// The admin ports of the real programs: what an orchestrator and Prometheus are told.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

constexpr unsigned members = 4;
constexpr unsigned eobs = 30;

class AdminPort : public ::testing::TestWithParam<const char*> {};

TEST_P(AdminPort, SaysThatTheProgramLivesIsReadyAndStarted) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  for (const char* probe : {"/livez", "/readyz", "/startupz"}) {
    const Answer answer = fleet.admin(GetParam(), probe);
    EXPECT_EQ(answer.status, 200) << probe << ": " << answer.body;
  }
  EXPECT_THAT(fleet.metrics(GetParam()), HasSubstr("claimferry_build_info"));
  EXPECT_EQ(fleet.admin(GetParam(), "/elsewhere").status, 404);
}

INSTANTIATE_TEST_SUITE_P(Programs, AdminPort, ::testing::Values("scheduler", "worker"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST(AdminAnswers, EnrolmentHearsThatRedisIsAwayWithoutARequest) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  fleet.start_enroll();
  EXPECT_EQ(fleet.admin("enroll", "/readyz").status, 200);
  fleet.stop("redis", SIGKILL);
  Answer ready{};
  EXPECT_TRUE(eventually(20s, [&] {
    ready = fleet.admin("enroll", "/readyz");
    return ready.status == 503;
  }));
  EXPECT_THAT(ready.body, HasSubstr("redis is away"));
  fleet.start_redis();
  EXPECT_TRUE(eventually(20s, [&] { return fleet.admin("enroll", "/readyz").status == 200; }));
}

TEST(AdminAnswers, AWorkerThatDrainsIsAliveAndNotReady) {
  FleetOptions options;
  options.worker = "slots = 4\ndrain = \"20s\"\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.set_faults(R"({"latency_ms":{"min":4000,"max":4000}})");
  fleet.start_worker("worker");
  fleet.add_members(1, 1);
  // A refresh in flight is let finish: so long it drains.
  ASSERT_TRUE(eventually(60s, [&] { return fleet.violation("token") > 0; })) << fleet.logs();
  fleet.process("worker").signal(SIGTERM);
  Answer ready{};
  ASSERT_TRUE(eventually(3s, [&] {
    ready = fleet.admin("worker", "/readyz");
    return ready.status == 503;
  })) << fleet.logs();
  EXPECT_EQ(ready.body, "draining\n");
  EXPECT_EQ(fleet.admin("worker", "/livez").status, 200);
  EXPECT_EQ(fleet.wait_for_end("worker"), 0);
}

TEST(AdminAnswers, MetricsCountWhatWasFetchedAndWhatWaits) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  const std::string worker = fleet.metrics("worker");
  for (const char* line :
       {"claimferry_jobs_total{", "claimferry_payer_requests_total{",
        "claimferry_payer_request_duration_seconds_bucket{", "claimferry_pages_total{",
        "claimferry_resources_total{", "claimferry_received_bytes_total{",
        "claimferry_requests_in_flight", "claimferry_token_refreshes_total{"}) {
    EXPECT_THAT(worker, HasSubstr(line));
  }
  // Its own look comes round every few seconds.
  EXPECT_TRUE(eventually(30s, [&] {
    return fleet.metrics("scheduler").find("claimferry_members{state=\"active\"} 4") !=
           std::string::npos;
  })) << fleet.metrics("scheduler");
  const std::string scheduler = fleet.metrics("scheduler");
  EXPECT_THAT(scheduler, HasSubstr("claimferry_queue_jobs{"));
  EXPECT_THAT(scheduler, HasSubstr("claimferry_member_freshness_seconds"));
}

}  // namespace
}  // namespace claimferry::integration
