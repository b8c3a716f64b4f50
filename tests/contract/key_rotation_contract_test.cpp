// A rotation of the key-encryption key beside a fleet at work: it changes what wraps the data keys
// and nothing else, and never puts an old one in a new one's place.
#include <gmock/gmock.h>

#include "common/queue/adapter/enrolment.hpp"
#include "common/queue/adapter/key_rotation.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "tests/contract/queue_fixture.hpp"
#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using vault::Field;
using vault::Vault;

const Vault under_k1 = vault::vault_of(vault::key_line("k1", 'a'));
const Vault both = vault::vault_of(vault::key_line("k1", 'a') + "*" + vault::key_line("k2", 'b'));
const Vault under_k2 = vault::vault_of(vault::key_line("k2", 'b'));

class KeyRotationContract : public QueueContract {
 protected:
  void SetUp() override {
    QueueContract::SetUp();
    if (redis_) {
      members_ = std::make_unique<MemberDirectory>(*redis_);
      keys_ = std::make_unique<DataKeys>(*redis_);
    }
  }

  void enrol(int number, const std::string& refresh_token = "refresh",
             const Vault& vault = under_k1) {
    Enrolment enrolment(*queue_, *tokens_, vault);
    const auto added =
        run(enrolment.add({member_named(number), aetna, Secret("patient"), Secret(refresh_token)}));
    ASSERT_TRUE(added.ok()) << added.failure().detail;
  }
  void enrol_many(int count) {
    for (int number = 1; number <= count; ++number) {
      enrol(number);
    }
  }
  static vault::Owner owner(int number) { return {aetna, member_named(number)}; }
  std::string key_field(int number) { return "cf-tok:{0}:M" + std::to_string(number); }
  std::string data_key(int number) { return text({"HGET", key_field(number), "data_key"}); }
  std::string key_of(int number) { return Vault::key_id(data_key(number)); }
  oauth::SealedTokens tokens(int number) { return **run(tokens_->load(member_named(number))); }
  std::string refresh_token(int number, const Vault& vault) {
    const auto key = vault.unwrap(owner(number), data_key(number));
    const auto plain =
        key ? key->open(Field::refresh_token, tokens(number).refresh_token) : key.failure();
    return plain ? std::string(plain->reveal()) : plain.failure().detail;
  }
  WrappedKey read(int number) {
    auto keys = run(keys_->read({member_named(number)}));
    EXPECT_TRUE(keys.ok() && keys->size() == 1);
    return keys->at(0);
  }
  // Answers who changed.
  std::vector<MemberId> replace(const WrappedKey& held) {
    const auto anew = both.rewrap(held.owner, held.wrapped);
    return *run(keys_->replace({{held, **anew}}));
  }
  RotationReport rotate(const Vault& vault = both, KeyRotation::Progress progress = {}) {
    if (!progress) {
      progress = [](const RotationReport&) {};
    }
    KeyRotation rotation(*keys_, vault, std::move(progress));
    const auto ended = run(rotation.run());
    EXPECT_TRUE(ended.ok());
    return rotation.report();
  }

  // What the audit notes of rewrapped data keys: member and key, in a row.
  std::string rewrapped_in_audit() {
    std::string words;
    const auto entries = command({"XRANGE", "cf:{0}:audit", "-", "+"});
    for (const auto& entry : *entries.array()) {
      const auto& fields = *(*entry.array())[1].array();
      if (*fields[1].text() == "data_key_rewrapped") {
        words += *fields[3].text() + " " + *fields[5].text() + "\n";
      }
    }
    return words;
  }

  std::unique_ptr<MemberDirectory> members_;
  std::unique_ptr<DataKeys> keys_;
};

TEST_P(KeyRotationContract, BringsEveryMemberUnderTheActiveKeyAndChangesNothingElse) {
  constexpr int count = 230;  // more than a call to Redis takes
  enrol_many(count);
  const auto before = tokens(7);
  const auto report = rotate();
  EXPECT_EQ(report.rewrapped, count);
  EXPECT_EQ(report.members(), count);
  EXPECT_TRUE(report.is_complete());
  for (int number = 1; number <= count; ++number) {
    EXPECT_EQ(refresh_token(number, under_k2), "refresh") << number;
  }
  EXPECT_NE(tokens(7).data_key, before.data_key);
  EXPECT_EQ(tokens(7).refresh_token, before.refresh_token);
  EXPECT_EQ(tokens(7).version, before.version);
}

TEST_P(KeyRotationContract, TheAuditHoldsWhoseDataKeyIsUnderTheNewKey) {
  enrol(1);
  enrol(2, "refresh", both);  // under it already
  rotate();
  EXPECT_EQ(rewrapped_in_audit(), "M1 k2\n");
}

TEST_P(KeyRotationContract, PassesOverWhatIsDone) {
  enrol(1);
  enrol(2, "refresh", both);
  const std::string done = data_key(2);
  auto report = rotate();
  EXPECT_EQ(report.rewrapped, 1U);
  EXPECT_EQ(report.already, 1U);
  EXPECT_EQ(data_key(2), done);
  report = rotate();
  EXPECT_EQ(report.rewrapped, 0U);
  EXPECT_EQ(report.already, 2U);
}

TEST_P(KeyRotationContract, CountsAKeyThatDoesNotOpenAndLeavesItAlone) {
  enrol(1);
  enrol(2);
  enrol(3);
  command({"HSET", key_field(2), "data_key", data_key(1)});  // moved
  command({"HDEL", key_field(3), "data_key"});
  const std::string moved = data_key(2);
  const auto report = rotate();
  EXPECT_EQ(report.rewrapped, 1U);
  EXPECT_EQ(report.closed, 2U);
  EXPECT_FALSE(report.is_complete());
  EXPECT_EQ(data_key(2), moved);
  EXPECT_EQ(data_key(3), "");
  ASSERT_THAT(report.examples, SizeIs(2));
  EXPECT_THAT(report.examples[0].why + report.examples[1].why,
              HasSubstr("moved from another member"));
}

TEST_P(KeyRotationContract, NamesNoMoreThanAFewExamples) {
  enrol_many(12);
  const auto report = rotate(vault::vault_of(vault::key_line("k3", 'c')));
  EXPECT_EQ(report.closed, 12U);
  EXPECT_THAT(report.examples, SizeIs(RotationReport::examples_max));
}

TEST_P(KeyRotationContract, PassesOverMembersWhoAreErasedOrUnknown) {
  damages_queue_ = true;
  enrol(1);
  for (const char* state : {"erasing", "erased"}) {
    command({"HSET", "cf:{0}:member:M1", "state", state});
    EXPECT_EQ(rotate().members(), 0U) << state;
  }
  EXPECT_EQ(key_of(1), "k1");
  command({"HSET", key_field(2), "version", "1", "data_key", "of nobody"});
  EXPECT_EQ(rotate().members(), 0U);
  EXPECT_THAT(*run(keys_->read({member_named(3)})), IsEmpty());
}

// ---- beside others

TEST_P(KeyRotationContract, ARefreshThatWasUnderWayIsStoredAndOpensUnderTheNewKey) {
  enrol(1);
  const Lease lease = claim(1).at(0);
  const auto loaded = tokens(1);
  const auto key = under_k1.unwrap(owner(1), loaded.data_key).value();
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  EXPECT_EQ(rotate().rewrapped, 1U);
  auto next = loaded;
  next.version = 2;
  next.refresh_token = key.seal(Field::refresh_token, Secret("rotated by the payer"));
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, next)).ok());
  EXPECT_EQ(key_of(1), "k2");
  EXPECT_EQ(refresh_token(1, under_k2), "rotated by the payer");
}

TEST_P(KeyRotationContract, ARefreshBetweenReadAndReplacementIsNoObstacle) {
  enrol(1);
  const Lease lease = claim(1).at(0);
  const WrappedKey held = read(1);
  auto next = tokens(1);
  next.version = 2;
  next.refresh_token = under_k1.unwrap(held.owner, held.wrapped)
                           ->seal(Field::refresh_token, Secret("rotated by the payer"));
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, next)).ok());
  EXPECT_THAT(replace(held), IsEmpty());
  EXPECT_EQ(refresh_token(1, under_k2), "rotated by the payer");
}

TEST_P(KeyRotationContract, AConsentThatWasRenewedInBetweenKeepsItsKey) {
  enrol(1);
  const WrappedKey held = read(1);
  enrol(1, "another");
  EXPECT_THAT(replace(held), ElementsAre(member_named(1)));
  EXPECT_EQ(rewrapped_in_audit(), "");
  EXPECT_EQ(refresh_token(1, under_k1), "another");
}

TEST_P(KeyRotationContract, ADestroyedKeyDoesNotComeBack) {
  enrol(1);
  enrol(2);
  const WrappedKey first = read(1);
  const WrappedKey second = read(2);
  command({"HDEL", key_field(1), "data_key"});
  command({"DEL", key_field(2)});
  EXPECT_THAT(replace(first), ElementsAre(member_named(1)));
  EXPECT_THAT(replace(second), ElementsAre(member_named(2)));
  EXPECT_EQ(data_key(1), "");
  EXPECT_EQ(number({"EXISTS", key_field(2)}), 0);
}

TEST_P(KeyRotationContract, TwoAtOnceDoNoHarm) {
  enrol(1);
  const WrappedKey held = read(1);
  EXPECT_EQ(rotate().rewrapped, 1U);
  const std::string first = data_key(1);
  EXPECT_THAT(replace(held), ElementsAre(member_named(1)));
  EXPECT_EQ(data_key(1), first);
}

// Puts another data key in M1's place each time that one is about to be replaced.
class Meddler final : public redis::Client {
 public:
  Meddler(redis::Client& redis, std::vector<std::string> data_keys)
      : redis_(redis), data_keys_(std::move(data_keys)) {}

  awaitable<Result<redis::Reply>> command(redis::Command words) override {
    const std::string& sha1 = QueueScripts::shared()->token_rewrap.sha1();
    if (words.size() > 1 && words[1] == sha1 && !data_keys_.empty()) {
      redis::Command meddling{"HSET", "cf-tok:{0}:M1", "data_key", data_keys_.back()};
      data_keys_.pop_back();
      (void)co_await redis_.command(std::move(meddling));
    }
    co_return co_await redis_.command(std::move(words));
  }
  awaitable<Result<redis::Reply>> blocking_command(redis::Command words, Duration most) override {
    return redis_.blocking_command(std::move(words), most);
  }

 private:
  redis::Client& redis_;
  std::vector<std::string> data_keys_;
};

TEST_P(KeyRotationContract, LooksAgainAtAMemberWhoChangedInBetween) {
  enrol(1);
  enrol(2);
  const vault::NewDataKey renewed = under_k1.new_data_key(owner(1));
  Meddler meddler(*redis_, {renewed.wrapped});
  keys_ = std::make_unique<DataKeys>(meddler);
  const auto report = rotate();
  EXPECT_EQ(report.rewrapped, 2U);
  EXPECT_TRUE(report.is_complete());
  EXPECT_EQ(under_k2.unwrap(owner(1), data_key(1))->id(), renewed.key.id());
}

TEST_P(KeyRotationContract, LeavesToTheNextRunWhoChangesEachTime) {
  enrol(1);
  std::vector<std::string> renewed;
  for (int number = 0; number < 3; ++number) {
    renewed.push_back(under_k1.new_data_key(owner(1)).wrapped);
  }
  Meddler meddler(*redis_, renewed);
  keys_ = std::make_unique<DataKeys>(meddler);
  const auto report = rotate();
  EXPECT_EQ(report.changing, 1U);
  EXPECT_FALSE(report.is_complete());
  EXPECT_EQ(data_key(1), renewed.front());
  EXPECT_EQ(rotate().rewrapped, 1U);
}

TEST_P(KeyRotationContract, TellsHowFarItCamePageByPage) {
  enrol_many(150);
  unsigned pages = 0;
  std::uint64_t told = 0;
  const auto report = rotate(both, [&](const RotationReport& so_far) {
    ++pages;
    EXPECT_GE(so_far.members(), told);
    told = so_far.members();
  });
  EXPECT_GE(pages, 1U);
  EXPECT_EQ(told, report.members());
}

INSTANTIATE_TEST_SUITE_P(On, KeyRotationContract, testing::Values("redis", "memory"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
