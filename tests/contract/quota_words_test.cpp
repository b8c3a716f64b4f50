// Whatever stands in a field of a payer's quota, permits are granted and the field heals.
#include <regex>

#include <gmock/gmock.h>

#include "common/queue/adapter/queue_scripts.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

using quota::Use;

// As state.lua lists them.
std::vector<std::string> quota_fields() {
  const std::string source = QueueScripts::shared()->quota_take.source();
  const auto begin = source.find("QUOTA_FIELDS = {");
  const std::string list = source.substr(begin, source.find("\n}", begin) - begin);
  const std::regex name("'(\\w+)'");
  std::vector<std::string> fields;
  for (auto at = std::sregex_iterator(list.begin(), list.end(), name); at != std::sregex_iterator();
       ++at) {
    fields.push_back((*at)[1]);
  }
  return fields;
}

class QuotaWords : public QueueContract {
 protected:
  void SetUp() override {
    QueueContract::SetUp();
    damages_queue_ = true;
  }
  // A worker's ask, all of whose permits were used and served.
  unsigned ask() {
    quota::Ask ask{aetna, {10, 5, 0, 40, 0}, "w1/0"};
    ask.wanted[Use::routine] = 20;
    ask.started = ask.served = last_granted_;
    ask.served_epoch = last_epoch_;
    const auto answer = run(quota_->ask(std::move(ask)));
    EXPECT_TRUE(answer.ok()) << answer.failure().detail;
    if (!answer.ok()) {
      return 0;
    }
    EXPECT_LE(answer->ask_again, 2h);
    last_granted_ = answer->grant.granted[Use::routine];
    last_epoch_ = answer->grant.epoch;
    return last_granted_;
  }
  unsigned granted_in(Duration how_long) {
    unsigned sum = 0;
    for (Duration gone{0}; gone < how_long; gone += 250ms) {
      pass(250ms);
      sum += ask();
    }
    return sum;
  }
  std::string field_without_a_number() {
    const auto all = command({"HGETALL", "cf:{0}:quota:aetna"});
    const auto& words = *all.array();
    for (std::size_t at = 0; at + 1 < words.size(); at += 2) {
      if (!std::regex_match(*words[at + 1].text(), std::regex("\\d{1,16}(\\.\\d+)?"))) {
        return *words[at].text() + "=" + *words[at + 1].text();
      }
    }
    return "";
  }

  unsigned last_granted_ = 0;
  std::uint64_t last_epoch_ = 0;
};

const char* const wrong[] = {"noon", "nan", "inf", "-5", "9000000000000000", "1e300", "1e-300", ""};

TEST_P(QuotaWords, InAnyFieldStopNoPermitsAndHeal) {
  const auto fields = quota_fields();
  ASSERT_GT(fields.size(), 50U);
  unsigned number = 0;
  for (const std::string& field : fields) {
    for (const char* word : wrong) {
      if (real() && number++ % 3 != 0) {
        continue;  // whose numbers read as in memory, which sees them all
      }
      SCOPED_TRACE(field + "=" + word);
      command({"DEL", "cf:{0}:quota:aetna"});
      last_granted_ = 0;
      last_epoch_ = 0;
      ask();
      command({"HSET", "cf:{0}:quota:aetna", field, word});
      ask();
      EXPECT_EQ(field_without_a_number(), "");
      if (real()) {
        command({"HSET", "cf:{0}:quota:aetna", field, word});
        EXPECT_TRUE(run(quota_->refused({aetna, 0, 1ms, 0.5})));
        EXPECT_EQ(field_without_a_number(), "");
        continue;
      }
      pass(61s);
      granted_in(3s);
      const unsigned granted = granted_in(10s);
      EXPECT_GE(granted, 90U);
      EXPECT_LE(granted, 440U);
    }
  }
}

TEST_P(QuotaWords, WhereAQuietEndsHoldUpNoClaim) {
  for (const char* word : wrong) {
    SCOPED_TRACE(word);
    command({"FLUSHALL"});
    add(1);
    command({"HSET", "cf:{0}:quota:aetna", "blocked_until", word});
    EXPECT_EQ(claim(1).size(), 1U);
  }
}

TEST_P(QuotaWords, InWhatShardsSayOfTheirRequestsBoundNobody) {
  ask();
  const auto until =
      std::to_string(std::stoll(text({"HGET", "cf:{0}:quota:aetna", "profile_at"})) + 3'600'000);
  command({"HSET", "cf:{0}:quota:aetna", "override_inflight", "2", "override_until", until});
  command(
      {"HSET", "cf:{0}:flight:aetna", "w2/0", "9 words", "w3/0", "9 9000000000000000", "w4/0", ""});
  pass(500ms);
  EXPECT_EQ(ask(), 2U);
  EXPECT_EQ(number({"HLEN", "cf:{0}:flight:aetna"}), 1);
}

INSTANTIATE_TEST_SUITE_P(Queue, QuotaWords, testing::Values("memory", "redis"));

}  // namespace
}  // namespace claimferry::queue
