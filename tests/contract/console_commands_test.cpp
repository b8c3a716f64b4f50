// What holds for every command alike: keys, forms, arguments, dry runs, versions, foreign keys.
#include <algorithm>

#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class Console : public ConsoleContract {
 protected:
  // Something for every command to act on: M1 queued, M2 running, M3 a dead letter, M4 paused.
  void prepare() {
    add(3);
    dead_ = dead_letter(3).str();
    add(2);
    ASSERT_EQ(claim(1).size(), 1U);
    job_ = add(1).str();
    add(4);
    ASSERT_THAT(said({"pause", "member:M4"}), StartsWith("OK"));
    batch_ = id_of({"backfill_many", "M1\nM4\n"});
    answer_to(ask_of(1));
  }
  std::vector<Words> readers() {
    return {{"help"},
            {"help", "pause"},
            {"version"},
            {"status"},
            {"member", "M2"},
            {"why", "M1"},
            {"backfills"},
            {"backfills", batch_},
            {"dead"},
            {"dead_list"},
            {"dead_list", "payer=aetna", "code=code"},
            {"backfills", "limit=1"}};
  }
  std::vector<Words> writers() {
    return {{"backfill", "M1", "since=2023-01-01"},
            {"backfill_many", "until=2023-12-31", "M1\nM2\n"},
            {"cancel", "M1"},
            {"cancel", job_},
            {"cancel", "batch=" + batch_},
            {"dead_replay", dead_},
            {"dead_replay", "all=1"},
            {"dead_drop", "code=code", "confirm=1"},
            {"pause", "lane:backfill", "for=2h"},
            {"resume", "member:M4"},
            {"quota", "aetna", "rps=5"},
            {"share", "aetna", "backfill=10%", "for=2h"},
            {"share", "aetna", "backfill=0.3"}};
  }
  std::string dead_, job_, batch_;
};

TEST_P(Console, EveryCommandAnswersWithAKeyAndWithoutOne) {
  prepare();
  for (const Words& words : readers()) {
    EXPECT_EQ(fcall(words).error(), nullptr) << words.front();
    EXPECT_EQ(fcall(words, false).error(), nullptr) << words.front();
    EXPECT_EQ(fcall(words, true, "FCALL_RO").error(), nullptr) << words.front();
  }
  for (Words words : writers()) {
    words.insert(words.begin() + 1, "by=ada");
    EXPECT_EQ(fcall(words, false).error(), nullptr) << said(words);
  }
}

TEST_P(Console, AnotherKeyIsRefused) {
  prepare();
  const auto before = fingerprint();
  for (const Words& keys :
       {Words{"1", "cf:{1}"}, Words{"1", "M1"}, Words{"2", "cf:{0}", "cf:{0}"}}) {
    redis::Command line{"FCALL", "cf_backfill"};
    line.insert(line.end(), keys.begin(), keys.end());
    line.push_back("M1");
    const auto reply = command(std::move(line));
    ASSERT_NE(reply.error(), nullptr);
    EXPECT_THAT(reply.error()->text,
                StartsWith("BAD_KEY the one key is 'cf:{0}'; type: FCALL cf_backfill 1"));
  }
  EXPECT_EQ(fingerprint(), before);
}

TEST_P(Console, EveryAnswerIsAlsoOneJsonString) {
  prepare();
  for (const auto& list : {readers(), writers()}) {
    for (Words words : list) {
      const bool is_table = words.size() == 1 && words[0] != "version" && words[0] != "status";
      const auto value = json(words);
      EXPECT_TRUE(value.is_object() || value.is_array()) << words.front();
      if (is_table || words[0] == "dead_list") {
        EXPECT_TRUE(value.is_array()) << words.front();
      }
    }
  }
  EXPECT_EQ(json({"version"}).at("writer").as_int64(), 1);
  EXPECT_EQ(json({"why", "M2"}).at("fresh").as_bool(), false);
  EXPECT_EQ(json({"status"}).at("running").as_int64(), 1);
}

TEST_P(Console, ADryRunChangesNothing) {
  prepare();
  const auto before = fingerprint();
  for (Words words : writers()) {
    words.insert(words.begin() + 1, "dry=1");
    EXPECT_THAT(said(words), HasSubstr("(dry: nothing changed)")) << words.front();
    EXPECT_EQ(fingerprint(), before) << words.front();
  }
}

TEST_P(Console, ReadingChangesNothing) {
  prepare();
  const auto before = fingerprint();
  for (const Words& words : readers()) {
    fcall(words);
    EXPECT_EQ(fingerprint(), before) << words.front();
  }
}

TEST_P(Console, AWriterIsRefusedToThoseWhoMayOnlyRead) {
  prepare();
  for (const Words& words : writers()) {
    const auto before = fingerprint();
    EXPECT_NE(fcall(words, true, "FCALL_RO").error(), nullptr) << words.front();
    EXPECT_EQ(fingerprint(), before);
  }
}

TEST_P(Console, EveryChangeStandsInTheAudit) {
  prepare();
  for (Words words : writers()) {
    words.insert(words.begin() + 1, {"by=ada", "reason=to see it"});
    const auto answer = said(words);
    ASSERT_THAT(answer, MatchesRegex("(OK|ACCEPTED).*")) << words.front();
    const auto entry = last_of("audit");
    EXPECT_EQ(entry.at("cmd"), words.front());
    EXPECT_EQ(entry.at("by"), "ada");
    EXPECT_EQ(entry.at("reason"), "to see it");
    EXPECT_EQ(entry.at("via"), "function");
  }
}

TEST_P(Console, WhatDoesNotFitIsRefusedWithWhatToTypeAndChangesNothing) {
  prepare();
  add(5);
  const struct {
    Words words;
    std::string starts, says;
  } cases[] = {
      {{"backfill"}, "MISSING member= is missing", "type: FCALL cf_backfill 1 'cf:{0}' MEMBER"},
      {{"backfill", "M99"}, "NO_MEMBER no member \"M99\"", "claimferry member add"},
      {{"backfill", "M 1"}, "BAD_VALUE member=\"M 1\"", "1 to 64 of A-Z a-z 0-9 _ -"},
      {{"backfill", ""}, "BAD_VALUE member=\"\"", "1 to 64"},
      {{"backfill", std::string(65, 'M')}, "BAD_VALUE", "1 to 64"},
      {{"backfill", std::string(1'000'000, 'M')}, "BAD_VALUE", "has 1000000 bytes"},
      {{"backfill", "M1", "since=2023-02-29"}, "BAD_VALUE since=", "a real date such as 2"},
      {{"backfill", "M1", "since=2023-13-01"}, "BAD_VALUE since=", "a real date"},
      {{"backfill", "M1", "since=2023-00-01"}, "BAD_VALUE since=", "a real date"},
      {{"backfill", "M1", "since=2023-1-1"}, "BAD_VALUE since=", "a real date"},
      {{"backfill", "M1", "since=1899-12-31"}, "BAD_VALUE since=", "a real date"},
      {{"backfill", "M1", "since=01/02/2023"}, "BAD_VALUE since=", "a real date"},
      {{"backfill", "M1", "since=2999-01-01"}, "BAD_VALUE since=", "not in the future; today is 2"},
      {{"backfill", "M1", "until=2999-01-01"}, "BAD_VALUE until=", "not in the future"},
      {{"backfill", "M1", "since=2023-02-01", "until=2023-01-31"},
       "BAD_VALUE since=2023-02-01 is after until=2023-01-31",
       "exchange them"},
      {{"backfill", "M1", "snice=2023-01-01"},
       "UNKNOWN_ARGUMENT \"snice=\"",
       "did you mean since=?"},
      {{"backfill", "M1", "Since=2023-01-01"}, "UNKNOWN_ARGUMENT", "did you mean since=?"},
      {{"backfill", "M1", "dyr=1"}, "UNKNOWN_ARGUMENT", "did you mean dry=?"},
      {{"backfill", "M1", "2023-01-01"},
       "UNKNOWN_ARGUMENT \"2023-01-01\" has no name",
       "type: FCALL"},
      {{"backfill", "M1", "x9-=1"}, "UNKNOWN_ARGUMENT \"x9-=\"", "type: FCALL"},
      {{"backfill", "M1", "dry=2"}, "BAD_VALUE dry=\"2\"", "1, or leave it out"},
      {{"backfill", "M1", "dry=1", "dry=1"}, "TWICE dry=", "type: FCALL"},
      {{"backfill", "M1", "member=M1"}, "TWICE member=", "type: FCALL"},
      {{"backfill", "M1", "as=xml"}, "BAD_VALUE as=\"xml\"", "text or json"},
      {{"backfill", "M1", "by="}, "BAD_VALUE by=\"\"", "by=ada"},
      {{"backfill", "M1", "by=a b"}, "BAD_VALUE by=", "by=ada"},
      {{"backfill", "M1", "reason=a\nb"}, "BAD_VALUE reason=\"a?b\"", "plain characters"},
      {{"backfill", "M1", "reason=" + std::string(201, 'a')}, "BAD_VALUE reason=", "200"},
      {{"why"}, "MISSING member= is missing", "type: FCALL cf_why"},
      {{"why", "M99"}, "NO_MEMBER", "claimferry member list"},
      {{"member", "M99"}, "NO_MEMBER", "claimferry member list"},
      {{"status", "verbose=1"}, "UNKNOWN_ARGUMENT", "type: FCALL cf_status"},
      {{"help", "backfil"}, "UNKNOWN_COMMAND \"backfil\"", "did you mean backfill?"},
      {{"help", "B"}, "BAD_VALUE command=\"B\"", "the name of a command"},
      {{"backfills", "nobatch"}, "NO_BATCH", "FCALL cf_backfills"},
      {{"backfills", "limit=0"}, "BAD_VALUE limit=", "from 1 to 100"},
      {{"backfills", "limit=101"}, "BAD_VALUE limit=", "from 1 to 100"},
      {{"pause"}, "MISSING scope=", "all | lane:NAME"},
      {{"pause", "lane:slow"}, "BAD_VALUE scope=", "lane:urgent, lane:routine, lane:backfill"},
      {{"pause", "payer:atena"}, "NO_PAYER no payer \"atena\"", "did you mean aetna?"},
      {{"pause", "member:M99"}, "NO_MEMBER", ""},
      {{"pause", "all", "for=2x"}, "BAD_VALUE for=", "90s, 15m, 2h or 7d"},
      {{"pause", "all", "for=0s"}, "BAD_VALUE for=", "at most 366d"},
      {{"pause", "all", "for=367d"}, "BAD_VALUE for=", "at most 366d"},
      {{"resume", "all"}, "NOT_PAUSED \"all\"", "FCALL cf_status"},
      {{"cancel"}, "MISSING name one thing", "JOB, BATCH or MEMBER"},
      {{"cancel", "M1", "job=" + job_}, "MISSING name one thing", "JOB, BATCH or MEMBER"},
      {{"cancel", "nothing"}, "NO_TARGET", "FCALL cf_backfills"},
      {{"cancel", "job=nothing"}, "NO_JOB", "ended or never was"},
      {{"cancel", dead_}, "NO_JOB", "ended or never was"},
      {{"cancel", "batch=nothing"}, "NO_BATCH", "FCALL cf_backfills"},
      {{"cancel", "member=M99"}, "NO_MEMBER", ""},
      {{"cancel", "M3"}, "NO_JOB", "has no live job"},
      {{"dead_replay"}, "MISSING say which", "all=1"},
      {{"dead_replay", "nothing"}, "NO_JOB no dead letter \"nothing\"", "FCALL cf_dead_list"},
      {{"dead_replay", "code=other"}, "NO_JOB no dead letter is like that", "FCALL cf_dead_list"},
      {{"dead_replay", "job=" + dead_, "all=1"}, "BAD_VALUE job=", "leave the others out"},
      {{"dead_replay", "code=Not"}, "BAD_VALUE code=", "as cf_dead shows it"},
      {{"dead_drop", dead_}, "CONFIRM 1 dead letter is meant", "confirm=1"},
      {{"dead_drop", dead_, "confirm=2"}, "CONFIRM 1 dead letter is meant, not 2", "confirm=1"},
      {{"dead_drop", dead_, "confirm=one"}, "BAD_VALUE confirm=", "a whole number"},
      {{"dead_drop", "before=2001-01-01", "confirm=0"}, "NO_JOB", "FCALL cf_dead_list"},
      {{"dead_list", "limit=x"}, "BAD_VALUE limit=", "from 1 to 100"},
  };
  for (const auto& wrong : cases) {
    const std::string error = refused(wrong.words);
    EXPECT_THAT(error, StartsWith(wrong.starts)) << wrong.words.front();
    EXPECT_THAT(error, HasSubstr(wrong.says));
    EXPECT_LT(error.size(), 800U);
    EXPECT_TRUE(std::ranges::all_of(error, [](char c) { return c >= ' ' && c <= '~'; })) << error;
  }
}

TEST_P(Console, AMemberWhoseConsentEndedIsNotPulled) {
  add(1);
  ASSERT_TRUE(settle(claim(1).front(), Verdict::reconsent));
  EXPECT_THAT(refused({"backfill", "M1"}),
              StartsWith("NOT_ACTIVE member \"M1\" is reconsent; it must consent again"));
}

TEST_P(Console, HelpNamesEveryCommandAndHowToTypeIt) {
  const auto all = json({"help"});
  EXPECT_GE(all.as_array().size(), 15U);
  for (const auto& row : all.as_array()) {
    const std::string name(row.at("command").as_string());
    const std::string of_one = said({"help", name});
    EXPECT_THAT(of_one, HasSubstr("FCALL " + name + " 1 'cf:{0}'"));
    EXPECT_THAT(of_one, HasSubstr("example")) << name;
  }
}

TEST_P(Console, ARedisOfANewerReleaseIsLeftAlone) {
  prepare();
  command({"HSET", "cf:{0}:meta", "schema", "9", "min_writer", "9"});
  for (const auto& list : {readers(), writers()}) {
    for (const Words& words : list) {
      if (words.front() != "help" && words.front() != "version") {
        EXPECT_THAT(refused(words),
                    StartsWith("VERSION Redis holds schema 9, written by a newer release"));
      }
    }
  }
  EXPECT_THAT(said({"version"}), HasSubstr("min_writer  9"));
  EXPECT_THAT(said({"help"}), HasSubstr("cf_backfill"));
}

TEST_P(Console, AKeyOfAForeignTypeIsNamedAndNothingChanges) {
  const std::string keys[] = {"uniq",
                              "live",
                              "paused",
                              "busy",
                              "meta",
                              "reruns",
                              "resumes",
                              "batches",
                              "open_batches",
                              "running",
                              "delayed",
                              "dead",
                              "commands",
                              "audit",
                              "wake",
                              "payers",
                              "m:M1",
                              "waits:M1",
                              "ready:aetna:backfill",
                              "quota:aetna",
                              "member:M1"};
  for (const std::string& name : keys) {
    command({"FLUSHALL"});
    prepare();
    const std::string key = "cf:{0}:" + name;
    command({"DEL", key});
    command({"SET", key, "foreign"});
    for (const auto& list : {readers(), writers()}) {
      for (const Words& words : list) {
        const auto before = fingerprint();
        const auto reply = fcall(words);
        if (reply.error() == nullptr) {
          continue;  // one that has nothing to do with that key
        }
        EXPECT_EQ(fingerprint(), before) << name << ' ' << words.front();
        EXPECT_THAT(reply.error()->text, MatchesRegex("(FOREIGN_KEY|NO_[A-Z]+|NOT_PAUSED|DUP) .*"))
            << name << ' ' << words.front();
      }
    }
    // What its changes would have met half-way is looked for before the first of them.
    if (name.find(':') == std::string::npos) {
      EXPECT_THAT(said({"pause", "all"}), StartsWith("FOREIGN_KEY " + key + " holds a string"))
          << name;
    }
  }
}

TEST_P(Console, ValuesThatNobodyOfUsWroteAreShownLegibly) {
  prepare();
  command({"HSET", "cf:{0}:job:" + dead_, "detail", "a\nb\x1b[31m\xff", "code", "x\"y"});
  command({"HSET", "cf:{0}:member:M1", "state", "act\nive", "added_at", "soon"});
  command({"HSET", "cf:{0}:states", "od\rd", "many"});
  command({"HSET", "cf:{0}:paused", "who\tknows", "0"});
  for (const Words& words : readers()) {
    const std::string text = said(words);
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
      return c == '\n' || (c >= ' ' && c <= '~');
    })) << text;
    json(words);
  }
}

INSTANTIATE_TEST_SUITE_P(Queue, Console, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
