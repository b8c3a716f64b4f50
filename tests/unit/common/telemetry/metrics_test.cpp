#include "common/telemetry/metrics.hpp"

#include <regex>
#include <set>

#include <gmock/gmock.h>

#include "common/telemetry/metric_names.hpp"

namespace claimferry::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const PayerName payer = *PayerName::parse("aetna");
const JobId job = *JobId::parse("0123456789abcdef");

TEST(Metrics, HasEverySeriesAtZeroFromTheStart) {
  const Metrics metrics("worker", {payer});
  const std::string text = metrics.render();
  for (const char* name : {metric::build_info,         metric::jobs,
                           metric::job_duration,       metric::job_wait,
                           metric::payer_requests,     metric::payer_request_duration,
                           metric::requests_in_flight, metric::received_bytes,
                           metric::rate_limited,       metric::pages,
                           metric::resources,          metric::parse_rejects,
                           metric::token_refreshes,    metric::leases_lost,
                           metric::fenced_writes,      metric::sweeps_held,
                           metric::audit_records,      metric::audit_undrained,
                           metric::audit_lost,         metric::member_freshness}) {
    EXPECT_THAT(text, HasSubstr(std::string("# HELP ") + name)) << name;
  }
  EXPECT_THAT(text, HasSubstr("claimferry_jobs_total{kind=\"sync\",outcome=\"done\"} 0"));
}

TEST(Metrics, CountsWhatHappens) {
  Metrics metrics("worker", {payer});
  metrics.on(RequestStarted{payer});
  metrics.on(RequestStarted{payer});
  metrics.on(RequestDone{payer, "eob", 429, "", Duration(12), 100});
  metrics.on(JobSettled{job, "sync", "done", "close", "", "", Duration(1'000)});
  metrics.on(PageCommitted{job, payer, "ExplanationOfBenefit", 3, 2, 1, 0});
  metrics.on(AuditDrained{5});
  metrics.on(AuditLost{2});
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("claimferry_audit_records_total 5"));
  EXPECT_THAT(text, HasSubstr("claimferry_audit_lost_total 2"));
  EXPECT_THAT(text, HasSubstr("claimferry_requests_in_flight{payer=\"aetna\"} 1"));
  EXPECT_THAT(text, HasSubstr("{endpoint=\"eob\",payer=\"aetna\",status=\"429\"} 1"));
  EXPECT_THAT(text, HasSubstr("claimferry_received_bytes_total{payer=\"aetna\"} 100"));
  EXPECT_THAT(text, HasSubstr("claimferry_jobs_total{kind=\"sync\",outcome=\"done\"} 1"));
  EXPECT_THAT(
      text, HasSubstr("outcome=\"changed\",payer=\"aetna\",resource=\"ExplanationOfBenefit\"} 2"));
}

TEST(Metrics, CountsWhatCameToOurOwnPorts) {
  Metrics metrics("enroll", {payer});
  EXPECT_THAT(metrics.render(),
              HasSubstr("claimferry_enrolment_callbacks_total{outcome=\"unknown_state\"} 0"));
  metrics.on(CallbackAnswered{CallbackEnd::replayed});
  metrics.on(ApiKeyMissing{});
  metrics.on(HandlerThrew{"enroll", "std::bad_alloc"});
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("claimferry_enrolment_callbacks_total{outcome=\"replayed\"} 1"));
  EXPECT_THAT(text, HasSubstr("claimferry_api_keys_missing_total 1"));
  EXPECT_THAT(text, HasSubstr("claimferry_handlers_threw_total{port=\"enroll\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("bad_alloc")));
}

TEST(Metrics, KeepsLabelsToTheirEnumsWhateverComes) {
  Metrics metrics("worker", {payer});
  metrics.on(RequestDone{payer, "eob", 418, "", Duration(1), 0});
  metrics.on(EntryRejected{job, payer, "a reason that nobody knows"});
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("status=\"other\"} 1"));
  EXPECT_THAT(text, HasSubstr("claimferry_parse_rejects_total{reason=\"other\"} 1"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("nobody")));
}

TEST(Metrics, NeverShowsAJobsId) {
  Metrics metrics("worker", {payer});
  metrics.on(JobSettled{job, "sync", "dead", "eob", "http_500", "detail", Duration(1)});
  metrics.on(LeaseLost{job});
  EXPECT_THAT(metrics.render(), ::testing::Not(HasSubstr(job.str())));
}

TEST(Metrics, ShowsTheQueueAndHowFreshMembersAre) {
  Metrics metrics("scheduler", {payer});
  QueueSnapshot snapshot;
  snapshot.depths = {{"routine", "ready", 17}};
  snapshot.members_by_state = {{"active", 40}};
  snapshot.freshness = {{3'600.0, 30}, {std::numeric_limits<double>::infinity(), 40}};
  metrics.set(snapshot);
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("claimferry_queue_jobs{lane=\"routine\",state=\"ready\"} 17"));
  EXPECT_THAT(text, HasSubstr("claimferry_members{state=\"active\"} 40"));
  EXPECT_THAT(text, HasSubstr("claimferry_member_freshness_seconds_bucket{le=\"3600\"} 30"));
  EXPECT_THAT(text, HasSubstr("claimferry_member_freshness_seconds_count 40"));
}

}  // namespace
}  // namespace claimferry::telemetry
