// The audit's way from the scripts into files: what is noted in one step with what it tells of, who
// may drain it, and what is lost and counted.
#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>

#include "common/audit/adapter/audit_directory.hpp"
#include "common/audit/adapter/redis_audit_stream.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

using audit::Batch;
using audit::Drained;
using audit::Entry;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class Audit : public QueueContract {
 protected:
  void SetUp() override {
    QueueContract::SetUp();
    if (redis_) {
      stream_ = std::make_unique<audit::RedisAuditStream>(*redis_);
    }
  }
  Batch read() {
    auto batch = run(stream_->read(term()));
    EXPECT_TRUE(batch.ok()) << batch.failure().code << batch.failure().detail;
    return std::move(*batch);
  }
  // As a store that made all of it durable at `seq`.
  void forget(const Batch& batch, std::uint64_t seq) {
    Drained drained{{seq, "hash-" + std::to_string(seq)}, {}, batch.lost};
    for (const Entry& entry : batch.entries) {
      drained.ids.push_back(entry.id);
    }
    EXPECT_TRUE(run(stream_->forget(term(), batch.known, drained)).ok());
  }
  std::vector<std::string> events() {
    std::vector<std::string> names;
    for (const Entry& entry : read().entries) {
      names.push_back(entry.event);
    }
    return names;
  }
  Entry last() {
    const auto batch = read();
    EXPECT_FALSE(batch.entries.empty());
    return batch.entries.empty() ? Entry{} : batch.entries.back();
  }
  void note(int count) {
    damages_queue_ = true;
    for (int number = 0; number < count; ++number) {
      command({"XADD", "cf:{0}:audit", "*", "event", "e" + std::to_string(number)});
    }
  }
  Result<void> settle_with(const Lease& lease, Verdict verdict, Stage stage,
                           const std::string& code, Pulled pulled = {}) {
    Settlement settlement;
    settlement.verdict = verdict;
    settlement.stage = stage;
    settlement.code = code;
    settlement.pulled = pulled;
    return run(queue_->settle(lease.ref, settlement, {1h, false}));
  }

  std::unique_ptr<audit::RedisAuditStream> stream_;
};

TEST_P(Audit, NotesAConsentWithWhoBroughtIt) {
  SealedMember member{member_named(1), aetna, "patient", "refresh", "f1"};
  member.by = "ada";
  ASSERT_TRUE(run(queue_->add_member(member)).ok());
  const Entry given = last();
  EXPECT_EQ(given.event, "consent_given");
  EXPECT_THAT(given.fields,
              ElementsAre(std::pair("member", "M1"), std::pair("payer", "aetna"),
                          std::pair("by", "ada"), std::pair("key", ""), std::pair("before", "")));
  ASSERT_TRUE(run(queue_->add_member(member)).ok());
  EXPECT_EQ(events().size(), 1U);  // the same token is the same consent
  member.fingerprint = "f2";
  ASSERT_TRUE(run(queue_->add_member(member)).ok());
  EXPECT_EQ(last().field("before"), "active");
}

TEST_P(Audit, NotesEachJobsEndOnceWithItsCounts) {
  add(1);
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(settle_with(lease, Verdict::done, Stage::close, "", {3, 60, 2, 40, 1, 5}).ok());
  EXPECT_FALSE(settle_with(lease, Verdict::done, Stage::close, "").ok());  // as one asked again
  EXPECT_THAT(events(), ElementsAre("consent_given", "job_ended"));
  const Entry ended = last();
  const std::pair<const char*, std::string> expected[] = {
      {"member", "M1"},    {"job", lease.ref.job.str()},
      {"payer", "aetna"},  {"kind", "sync"},
      {"window", "sweep"}, {"worker", "w1"},
      {"outcome", "done"}, {"fence", queue::text(lease.ref.fence)},
      {"pages", "3"},      {"new", "60"},
      {"changed", "2"},    {"unchanged", "40"},
      {"rejected", "1"},   {"absent", "5"}};
  for (const auto& [name, value] : expected) {
    EXPECT_EQ(ended.field(name), value) << name;
  }
}

TEST_P(Audit, NotesWhatALeasePulledThatIsHandedBack) {
  add(1);
  Lease lease = claim(1).at(0);
  ASSERT_TRUE(settle_with(lease, Verdict::requeue, Stage::eob, "", {2, 9}).ok());
  EXPECT_EQ(last().event, "job_put_back");
  EXPECT_EQ(last().field("pages"), "2");
  lease = claim(1).at(0);
  ASSERT_TRUE(settle_with(lease, Verdict::requeue, Stage::eob, "").ok());
  EXPECT_EQ(events().size(), 2U);  // it touched nothing
  lease = claim(1).at(0);
  ASSERT_TRUE(settle_with(lease, Verdict::snooze, Stage::eob, "http_429", {1, 4}).ok());
  EXPECT_EQ(last().field("code"), "http_429");
  EXPECT_EQ(last().field("new"), "4");
}

TEST_P(Audit, NotesALeaseThatRanOut) {
  add(1);
  const Lease lease = claim(1, 50ms).at(0);
  pass(80ms);
  ASSERT_EQ(run(queue_->reap(10, 1h))->requeued, 1U);
  EXPECT_EQ(last().event, "lease_expired");
  EXPECT_EQ(last().field("worker"), "w1");
  EXPECT_EQ(last().field("job"), lease.ref.job.str());
}

TEST_P(Audit, NotesIssuedTokensWithTheirVersionAndNoneOfThem) {
  add(1);
  const Lease lease = claim(1).at(0);
  oauth::SealedTokens tokens;
  tokens.version = 2;
  tokens.refresh_token = "secret-refresh";
  tokens.access_token = "secret-access";
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, tokens)).ok());
  const Entry issued = last();
  EXPECT_EQ(issued.event, "tokens_issued");
  EXPECT_THAT(
      issued.fields,
      ElementsAre(std::pair("member", "M1"), std::pair("job", lease.ref.job.str()),
                  std::pair("worker", "w1"), std::pair("version", "2"), std::pair("key", "")));
}

TEST_P(Audit, NotesRefreshesThatFailedAndTheConsentThatEnded) {
  add(1);
  Lease lease = claim(1).at(0);
  ASSERT_TRUE(settle_with(lease, Verdict::snooze, Stage::token, "refresh_uncertain").ok());
  EXPECT_EQ(last().event, "refresh_failed");
  EXPECT_EQ(last().field("code"), "refresh_uncertain");
  pass(5ms);
  ASSERT_TRUE(promote().ok());
  lease = claim(1).at(0);
  ASSERT_TRUE(settle_with(lease, Verdict::retry, Stage::token, "token_answer_unusable").ok());
  EXPECT_EQ(last().event, "refresh_failed");
  EXPECT_EQ(last().field("code"), "token_answer_unusable");
  pass(5ms);
  ASSERT_TRUE(promote().ok());
  lease = claim(1).at(0);
  ASSERT_TRUE(settle_with(lease, Verdict::snooze, Stage::token, "payer_down").ok());
  EXPECT_EQ(events().size(), 3U);  // nothing was sent
  pass(5ms);
  ASSERT_TRUE(promote().ok());
  lease = claim(1).at(0);
  ASSERT_TRUE(settle_with(lease, Verdict::reconsent, Stage::token, "invalid_grant").ok());
  EXPECT_THAT(events(), ElementsAre("consent_given", "refresh_failed", "refresh_failed",
                                    "refresh_failed", "job_ended", "consent_ended"));
  EXPECT_EQ(last().field("code"), "invalid_grant");
  EXPECT_EQ(last().field("worker"), "w1");
}

TEST_P(Audit, NamesAConsentThatALostAnswerCost) {
  add(1);
  const Lease lease = claim(1).at(0);
  const std::string code = "refresh_lost_consent";
  ASSERT_TRUE(settle_with(lease, Verdict::reconsent, Stage::token, code).ok());
  EXPECT_THAT(events(),
              ElementsAre("consent_given", "refresh_failed", "job_ended", "consent_ended"));
  EXPECT_EQ(last().field("code"), code);
}

TEST_P(Audit, IsDrainedInOrderAndForgottenOnce) {
  note(250);
  std::vector<std::string> drained;
  for (std::uint64_t seq = 100; seq <= 300; seq += 100) {
    const Batch batch = read();
    for (const Entry& entry : batch.entries) {
      drained.push_back(entry.event);
    }
    EXPECT_EQ(batch.known.has_value(), seq > 100);
    EXPECT_EQ(batch.lost, 0U);
    forget(batch, seq);
    forget(batch, seq + 7);  // by a step that read before: the head has moved
    EXPECT_EQ(read().known, (audit::Head{seq, "hash-" + std::to_string(seq)}));
  }
  EXPECT_EQ(drained.size(), 250U);
  EXPECT_EQ(drained.front(), "e0");
  EXPECT_EQ(drained.back(), "e249");
  EXPECT_EQ(number({"XLEN", "cf:{0}:audit"}), 0);
  EXPECT_EQ(*run(stream_->head()), (audit::Head{300, "hash-300"}));
}

TEST_P(Audit, IsTheLeadersAlone) {
  note(1);
  term();
  const Term stale{"s0", "1"};
  EXPECT_EQ(run(stream_->read(stale)).failure().code, "not_leader");
  EXPECT_EQ(run(stream_->forget(stale, std::nullopt, Drained{})).failure().code, "not_leader");
  EXPECT_EQ(number({"XLEN", "cf:{0}:audit"}), 1);
}

TEST_P(Audit, CountsWhatIsGoneUndrainedUntilALineTellsOfIt) {
  note(10);
  forget(read(), 10);
  note(5);
  command({"XTRIM", "cf:{0}:audit", "MAXLEN", "3"});
  EXPECT_EQ(read().lost, 2U);
  EXPECT_EQ(read().lost, 2U);  // counted once, and untold yet
  command({"XADD", "cf:{0}:audit", "MAXLEN", "1", "*", "event", "pushed"});
  const Batch batch = read();
  EXPECT_EQ(batch.lost, 5U);
  EXPECT_EQ(batch.lost_in_all, 5U);
  EXPECT_EQ(text({"HGET", "cf:{0}:counters", "audit_lost"}), "5");
  forget(batch, 12);
  EXPECT_EQ(read().lost, 0U);
  EXPECT_EQ(read().lost_in_all, 5U);
}

TEST_P(Audit, StopsNobodysWorkWhereItCannotBeNoted) {
  damages_queue_ = true;
  command({"SET", "cf:{0}:audit", "foreign"});
  add(1);
  ASSERT_TRUE(settle(claim(1).at(0), Verdict::done).ok());
  EXPECT_EQ(run(stream_->read(term())).failure().code, "redis_wrongtype");
  command({"DEL", "cf:{0}:audit"});
  EXPECT_EQ(read().lost, 2U);
}

TEST_P(Audit, GoesOnWithAStreamThatBeganAnew) {
  note(10);
  forget(read(), 10);
  command({"DEL", "cf:{0}:audit"});
  EXPECT_EQ(read().lost, 0U);
  note(3);
  EXPECT_EQ(read().lost, 0U);
  EXPECT_EQ(read().entries.size(), 3U);
}

TEST_P(Audit, CutsWhatAHandWrote) {
  damages_queue_ = true;
  redis::Command words{"XADD", "cf:{0}:audit", "*"};
  for (std::size_t number = 0; number < 2 * limits::audit_fields_max; ++number) {
    words.push_back(std::string(1'000, 'n') + std::to_string(number));
    words.push_back(std::string(10'000, 'v'));
  }
  command(words);
  const Entry entry = last();
  EXPECT_EQ(entry.event, "foreign");
  ASSERT_EQ(entry.fields.size(), limits::audit_fields_max);
  EXPECT_EQ(entry.fields[0].first.size(), limits::audit_name_bytes_max);
  EXPECT_EQ(entry.fields[0].second.size(), limits::audit_value_bytes_max);
}

TEST(AuditScripts, BoundTheStreamAsTheLimitsSay) {
  EXPECT_THAT(QueueScripts::shared()->finish.source(),
              testing::HasSubstr("AUDIT_MAX = '" + std::to_string(limits::audit_stream_max) + "'"));
}

INSTANTIATE_TEST_SUITE_P(On, Audit, testing::Values("memory", "redis"));

}  // namespace
}  // namespace claimferry::queue
