// TokenKeeperTest: the keeper between a store and a payer that answer what a test says and tell in
// one list what they were asked.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/encoding.hpp"
#include "tests/unit/worker/outside.hpp"
#include "worker/token_keeper.hpp"

namespace claimferry::worker {

using vault::Field;

inline const MemberId member = *MemberId::parse("M1");

// Both ends of the keeper, telling in one list what was asked of them.
class Outside final : public oauth::TokenStore, public http::Client {
 public:
  awaitable<Result<std::optional<oauth::SealedTokens>>> load(MemberId) override {
    told.emplace_back("load");
    co_return tokens;
  }
  awaitable<Result<void>> record_intent(queue::JobRef, std::uint64_t version,
                                        unsigned sends) override {
    told.push_back("intent " + std::to_string(version) + " sends " + std::to_string(sends));
    if (intent_failure) {
      Failure failure = *intent_failure;
      if (intent_failures == 1) {
        intent_failure.reset();
      }
      --intent_failures;
      co_return failure;
    }
    if (after_intent) {
      after_intent();
    }
    co_return Result<void>();
  }
  awaitable<Result<Refusal>> refused(queue::JobRef, std::uint64_t version,
                                     double share_max) override {
    told.push_back("refused " + std::to_string(version));
    asked_share = share_max;
    co_return refusal;
  }
  awaitable<Result<void>> store(queue::JobRef, std::uint64_t expected,
                                oauth::SealedTokens next) override {
    told.push_back("store over " + std::to_string(expected));
    if (store_failures > 0) {
      --store_failures;
      if (stores_though_it_fails) {
        tokens = std::move(next);
      }
      co_return store_failure;
    }
    if (tokens->version != expected) {
      co_return Failure{FailureKind::permanent, "token_version", "renewed"};
    }
    tokens = std::move(next);
    co_return Result<void>();
  }
  awaitable<Result<http::Response>> send(http::Request request) override {
    if (while_dialling) {
      while_dialling();
    }
    if (request.last_look) {
      if (auto why_not = request.last_look()) {
        co_return std::move(*why_not);
      }
    }
    told.emplace_back("send");
    sent_form = std::string(request.form.reveal());
    sent_by.emplace_back(request.authorization.reveal());
    if (serves_only && sent_by.back() != *serves_only) {
      co_return refusal_of_client();
    }
    sent_deadline = request.deadline;
    if (send_failure) {
      co_return *send_failure;
    }
    http::Response response;
    response.status = status;
    response.body = http::Body(body);
    co_return response;
  }

  std::vector<std::string> told;
  std::optional<oauth::SealedTokens> tokens;
  std::optional<Failure> intent_failure;
  Result<Refusal> refusal = Refusal{};
  double asked_share = 0;
  unsigned intent_failures = 1'000'000;  // so often
  std::optional<Failure> send_failure;
  std::function<void()> after_intent;
  std::function<void()> while_dialling;
  unsigned store_failures = 0;
  Failure store_failure{FailureKind::local, "redis_unreachable", "away"};
  bool stores_though_it_fails = false;
  unsigned status = 200;
  std::string body =
      R"({"token_type":"Bearer","access_token":"new-access","refresh_token":"new-refresh","expires_in":3600})";
  std::string sent_form;
  std::vector<std::string> sent_by;        // the clients' authorizations
  std::optional<std::string> serves_only;  // one of them; others are answered 401
  Duration sent_deadline{};

 private:
  static http::Response refusal_of_client() {
    http::Response response;
    response.status = 401;
    response.body = http::Body(std::string(R"({"error":"invalid_client"})"));
    return response;
  }
};

class TokenKeeperTest : public testing::Test {
 protected:
  TokenKeeperTest() {
    oauth::SealedTokens tokens;
    tokens.version = 7;
    tokens.data_key = made.wrapped;
    tokens.refresh_token = seal(Field::refresh_token, "old-refresh");
    tokens.patient = seal(Field::patient, "p1");
    outside.tokens = tokens;
  }

  std::string seal(Field field, const std::string& plain) const {
    return made.key.seal(field, Secret(plain));
  }
  std::string opened(Field field, const std::string& blob) const {
    auto plain = made.key.open(field, blob);
    return plain ? std::string(plain->reveal()) : plain.failure().code;
  }
  void hold_access_token(Duration issued_ago, Duration life) {
    outside.tokens->access_token = seal(Field::access_token, "held-access");
    outside.tokens->access_issued_at = clock.now - issued_ago;
    outside.tokens->access_expires_at = clock.now - issued_ago + life;
  }
  Result<AccessToken> access(bool must_refresh = false) {
    return run_through(io, waits, keeper.access(job, payer, must_refresh));
  }
  using Told = std::vector<std::string>;

  ~TokenKeeperTest() override { owned_io.reset(); }  // before what its coroutines use

  std::unique_ptr<boost::asio::io_context> owned_io = std::make_unique<boost::asio::io_context>(1);
  boost::asio::io_context& io = *owned_io;
  StandingClock clock;
  SeededRandom random{1};
  QuickSleeper sleeper{clock};
  PatientSleeper waits{clock};  // for permits
  Events events;
  FleetQuotaStub fleet;
  Outside outside;
  vault::Vault vault{
      *vault::KeyRing::parse(Secret("k:" + to_base64(std::string(vault::key_bytes, 'k'))), "test")};
  vault::NewDataKey made = vault.new_data_key({payer_name, member});
  Payer payer{payer_profile(), Secret("secret")};
  PayerRequests requests{{executor_of(io), clock, random, waits, fleet, outside, events}, "w1", 1};
  TokenKeeper keeper{{clock, random, sleeper, requests, outside, vault, events}};
  std::shared_ptr<RunningJob> job = std::make_shared<RunningJob>(
      lease_of("j1", "M1", 5, clock.now), clock.steady(), clock.steady() + 30s);
};

}  // namespace claimferry::worker
