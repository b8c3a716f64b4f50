// ConsoleContract: the operators' function library on a real Redis, and what is asked of each
// answer of it: coded, legible, and nothing changed where it refused.
#pragma once

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "common/queue/adapter/queue_scripts.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {

using Words = std::vector<std::string>;

// Every key with its value, in one call; streams with the ids of their entries.
inline constexpr auto fingerprint_lua =
    "local keys, all = redis.call('KEYS', '*'), {} "
    "table.sort(keys) "
    "for at, key in ipairs(keys) do all[at] = key .. redis.sha1hex(redis.call('DUMP', key)) end "
    "return redis.sha1hex(table.concat(all))";

inline std::string joined_lines(const redis::Reply::Array& lines) {
  std::string all;
  for (const redis::Reply& line : lines) {
    all += (all.empty() ? "" : "\n") + *line.text();
  }
  return all;
}

class ConsoleContract : public QueueContract {
 protected:
  void SetUp() override {
    QueueContract::SetUp();
    damages_queue_ = true;  // members and words are written by hand here
    if (HasFatalFailure()) {
      return;
    }
    const auto loaded = command({"FUNCTION", "LOAD", "REPLACE", function_library()});
    ASSERT_EQ(loaded.error(), nullptr) << loaded.error()->text;
    term();
  }

  // {"backfill", "M1", "dry=1"}, with the root as key or with none.
  redis::Reply fcall(Words words, bool with_key = true, const std::string& verb = "FCALL") {
    redis::Command line{verb, "cf_" + words.front(), with_key ? "1" : "0"};
    if (with_key) {
      line.push_back("cf:{0}");
    }
    line.insert(line.end(), words.begin() + 1, words.end());
    return command(std::move(line));
  }
  // As `redis-cli --raw` prints it; an error as it stands.
  std::string said(Words words) {
    const auto reply = fcall(std::move(words));
    if (reply.error() != nullptr) {
      return reply.error()->text;
    }
    return reply.array() != nullptr ? joined_lines(*reply.array()) : *reply.text();
  }
  // The second word of an answer such as "OK 5a…".
  std::string id_of(Words words) {
    const std::string answer = said(std::move(words));
    const auto space = answer.find(' ');
    return space == std::string::npos
               ? answer
               : answer.substr(space + 1, answer.find(' ', space + 1) - space - 1);
  }
  boost::json::value json(Words words) {
    words.insert(words.begin() + 1, "as=json");
    const auto reply = fcall(std::move(words));
    return boost::json::parse(reply.text() == nullptr ? reply.error()->text : *reply.text());
  }
  std::string fingerprint() { return text({"EVAL", fingerprint_lua, "0"}); }

  // Answers the error, which must have changed nothing.
  std::string refused(Words words) {
    const std::string before = fingerprint();
    const auto reply = fcall(words);
    EXPECT_NE(reply.error(), nullptr) << testing::PrintToString(words);
    EXPECT_EQ(fingerprint(), before) << testing::PrintToString(words);
    return reply.error() == nullptr ? "" : reply.error()->text;
  }

  // As a worker asks, whose configuration says 20 requests a second of aetna, and 25 at most.
  quota::Ask ask_of(unsigned routine) {
    quota::Ask ask{aetna, {20, 5, 0, 25, 0}, "w1/0"};
    ask.wanted[quota::Use::routine] = routine;
    return ask;
  }
  quota::Answer answer_to(quota::Ask ask) {
    auto answer = run(quota_->ask(std::move(ask)));
    EXPECT_TRUE(answer.ok()) << answer.failure().detail;
    return answer.ok() ? *answer : quota::Answer{};
  }

  JobId dead_letter(int member, const std::string& code = "code") {
    const auto leases = claim(1);
    EXPECT_EQ(leases.size(), 1U);
    EXPECT_EQ(leases.front().ref.member, member_named(member));
    Settlement settlement;
    settlement.verdict = Verdict::dead;
    settlement.code = code;
    EXPECT_TRUE(run(queue_->settle(leases.front().ref, settlement, {1h, false})));
    return leases.front().ref.job;
  }
  // Everything that operators' functions left to be done.
  void carry_out() {
    while (run(upkeep_->carry_out(term()))->taken > 0) {
    }
  }
  WordsReply take_inbox() { return *run(upkeep_->take_inbox(term())); }
  unsigned expand(std::size_t ahead_max = 1'000) {
    return *run(upkeep_->expand(term(), ahead_max));
  }
  void expand_all() {
    while (expand() > 0) {
    }
  }
  // The fields of the youngest entry of a stream.
  std::map<std::string, std::string> last_of(const std::string& stream) {
    const auto entries = command({"XREVRANGE", "cf:{0}:" + stream, "+", "-", "COUNT", "1"});
    std::map<std::string, std::string> fields;
    if (entries.array() == nullptr || entries.array()->empty()) {
      return fields;
    }
    const auto& words = *entries.array()->front().array()->at(1).array();
    for (std::size_t at = 0; at + 1 < words.size(); at += 2) {
      fields[*words[at].text()] = *words[at + 1].text();
    }
    return fields;
  }
};

}  // namespace claimferry::queue
