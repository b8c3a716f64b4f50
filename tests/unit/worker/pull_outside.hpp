// What a job's pull sees beside the queue, for its tests: a store that holds a usable token, a
// payer that answers by URL, and a sink that tells what came and fails when it is told to.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/encoding.hpp"
#include "common/claims/adapter/claim_sink.hpp"
#include "common/oauth/adapter/token_store.hpp"
#include "common/vault/vault.hpp"
#include "tests/unit/worker/outside.hpp"
#include "tests/unit/worker/payer_stub.hpp"

namespace claimferry::worker {

inline vault::Vault vault_of_tests() {
  const std::string key(vault::key_bytes, 'k');
  return vault::Vault(*vault::KeyRing::parse(Secret("k:" + to_base64(key)), "test"));
}

class TokenStoreStub final : public oauth::TokenStore {
 public:
  TokenStoreStub(const vault::Vault& vault, const Clock& clock) : vault_(vault), clock_(clock) {}

  awaitable<Result<std::optional<oauth::SealedTokens>>> load(MemberId member) override {
    oauth::SealedTokens tokens;
    const auto [key, wrapped] = vault_.new_data_key({payer_name, std::move(member)});
    tokens.version = 7;
    tokens.data_key = wrapped;
    tokens.refresh_token = key.seal(vault::Field::refresh_token, Secret("refresh"));
    tokens.access_token = key.seal(vault::Field::access_token, Secret("access"));
    tokens.patient = key.seal(vault::Field::patient, Secret("p1"));
    tokens.access_issued_at = clock_.wall();
    tokens.access_expires_at = clock_.wall() + (access_is_old ? 0h : 1h);
    co_return tokens;
  }
  awaitable<Result<void>> record_intent(queue::JobRef, std::uint64_t, unsigned) override {
    co_return Result<void>();
  }
  awaitable<Result<Refusal>> refused(queue::JobRef, std::uint64_t, double) override {
    co_return Refusal{};
  }
  awaitable<Result<void>> store(queue::JobRef, std::uint64_t, oauth::SealedTokens) override {
    co_return Result<void>();
  }

  bool access_is_old = false;

 private:
  const vault::Vault& vault_;
  const Clock& clock_;
};

class SinkStub final : public claims::ClaimSink {
 public:
  awaitable<Result<void>> open() override { co_return Result<void>(); }
  awaitable<Result<std::optional<queue::Cursor>>> resume(claims::SyncKey) override {
    told.emplace_back("resume");
    co_return next_of(resumes);
  }
  awaitable<Result<claims::CommitReport>> commit(claims::PageCommit commit) override {
    told.push_back("commit " + std::string(to_string(commit.resource)) + " " +
                   std::to_string(commit.page.resources.size()));
    afters.push_back(commit.after);
    if (on_commit) {
      on_commit();
    }
    co_return next_of(commits);
  }
  awaitable<Result<void>> quarantine_page(claims::BadPage page) override {
    told.push_back("quarantine " + page.reason + " " + std::string(page.body.view()));
    if (!quarantines.empty()) {
      auto answer = std::move(quarantines.front());
      quarantines.pop_front();
      co_return answer;
    }
    co_return Result<void>();
  }
  awaitable<Result<claims::CloseReport>> close(claims::SyncClose close) override {
    told.push_back(std::string("close") + (close.sweep ? " sweep" : "") +
                   (close.coverage_complete ? "" : ", coverage incomplete") +
                   (close.eob_complete ? "" : ", eob incomplete"));
    if (on_close) {
      on_close();
    }
    co_return next_of(closes);
  }
  awaitable<Result<void>> erase(claims::SyncKey key) override {
    told.push_back("erase " + key.payer.str() + " " + key.job.member.str());
    if (!erasures.empty()) {
      auto answer = std::move(erasures.front());
      erasures.pop_front();
      co_return answer;
    }
    co_return Result<void>();
  }

  std::vector<std::string> told;
  std::vector<queue::Cursor> afters;
  // What the next calls answer; when there is none left, that all is well.
  std::deque<Result<std::optional<queue::Cursor>>> resumes;
  std::deque<Result<claims::CommitReport>> commits;
  std::deque<Result<claims::CloseReport>> closes;
  std::deque<Result<void>> quarantines;
  std::deque<Result<void>> erasures;
  std::function<void()> on_commit;
  std::function<void()> on_close;

 private:
  template <class T>
  static Result<T> next_of(std::deque<Result<T>>& answers) {
    if (answers.empty()) {
      return T();
    }
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
};

inline std::string eob_page(const std::string& id, const std::string& more = "") {
  return R"({"resourceType":"Bundle","type":"searchset",)" + more +
         R"("entry":[{"resource":{"resourceType":"ExplanationOfBenefit","id":")" + id +
         R"(","patient":{"reference":"Patient/p1"}}}]})";
}
inline std::string link_to(const std::string& url) {
  return R"("link":[{"relation":"next","url":")" + url + R"("}],)";
}

// The payer's answers by what stands behind its base: a member with one coverage and one claim,
// until a test says otherwise.
class PayerPages {
 public:
  using Make = std::function<PayerStub::Answer()>;

  PayerPages() {
    page("/Patient/p1", R"({"resourceType":"Patient","id":"p1"})");
    page("/Coverage?patient=p1",
         R"({"resourceType":"Bundle","type":"searchset","entry":[{"resource":)"
         R"({"resourceType":"Coverage","id":"c1","beneficiary":{"reference":"Patient/p1"}}}]})");
    page("/ExplanationOfBenefit?patient=p1", eob_page("e1"));
    answers["token"] = [] {
      return PayerStub::Answer(
          answer(200, R"({"access_token":"new","refresh_token":"new","expires_in":3600})"));
    };
  }
  void page(const std::string& path, std::string body) {
    answers[path] = [body = std::move(body)] { return PayerStub::Answer(answer(200, body)); };
  }
  void status(const std::string& path, unsigned status) {
    answers[path] = [status] { return PayerStub::Answer(answer(status)); };
  }
  PayerStub::Answer operator()(const http::Request& request) const {
    const std::string base = payer_profile().resource_base;
    const bool is_resource = request.url.starts_with(base);
    const auto found = answers.find(is_resource ? request.url.substr(base.size()) : "token");
    return found == answers.end() ? PayerStub::Answer(answer(404)) : found->second();
  }

  std::map<std::string, Make> answers;
};

}  // namespace claimferry::worker
