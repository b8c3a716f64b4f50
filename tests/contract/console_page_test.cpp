// The page "The console" of scheduler/README.md, typed line by line as the operator's user: what
// stands there is what comes, but for ids, times and numbers. CLAIMFERRY_PAGE=FILE writes the page
// as it would be now.
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "common/queue/adapter/queue_scripts.hpp"
#include "tests/contract/redis_users.hpp"

namespace claimferry::contract {
namespace {

using namespace std::chrono_literals;
using namespace claimferry::queue;

constexpr std::string_view indent = "    ";  // a block of code, in Markdown
const PayerName aetna = *PayerName::parse("aetna");

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

// Ids of jobs and batches (1), and of entries of a stream (2).
const std::regex ids(R"(\b([0-9a-f]{24})\b|\b(\d{13}-\d+)\b)");

// What differs from day to day, by its kind.
std::string shape(std::string line) {
  const std::pair<const char*, const char*> kinds[] = {
      {R"(\b[0-9a-f]{24}\b)", "<id>"},
      {R"(\b\d{13}-\d+\b)", "<entry>"},
      {R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", "<time>"},
      {R"(\b\d{13}\b)", "<ms>"},
      {R"(\b\d{16}\b)", "<fence>"},
      {R"(\b\d+ (d|h|min|s)\b( \d+ (h|min|s)\b)?)", "<span>"},
      {R"(today is \d{4}-\d\d-\d\d|such as \d{4}-\d\d-\d\d)", "<today>"},
      {R"(  +)", " "},
  };
  for (const auto& [pattern, kind] : kinds) {
    line = std::regex_replace(line, std::regex(pattern), kind);
  }
  return line;
}

class ConsolePage : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    redis_ = std::make_unique<RedisUsers>();
    worker_ = redis_->as("worker");
    scheduler_ = redis_->as("scheduler");
    ASSERT_TRUE(run(scheduler_->client.command({"FUNCTION", "LOAD", function_library()})));
    queue_something();
    integration::write_file(redis_->directory() / "members.txt", "M123\r\nM124\r\nM127\r\n");
    integration::write_file(redis_->directory() / "typos.txt", "M123\nM12 4\nM999\n");
    integration::write_file(redis_->directory() / "large.txt", std::string(5'000, '\n'));
    integration::write_file(redis_->directory() / "redis-cli", wrapper());
    std::filesystem::permissions(redis_->directory() / "redis-cli",
                                 std::filesystem::perms::owner_all);
  }

  template <class T>
  T run(awaitable<T> call) {
    return redis_->run(std::move(call));
  }
  void add(const std::string& id) {
    ASSERT_TRUE(
        run(worker_->queue.add_member({*MemberId::parse(id), aetna, "patient", "refresh"})));
  }
  void end(Verdict verdict, const std::string& code) {
    auto claimed =
        run(worker_->queue.claim({*WorkerId::parse("worker-1"), 1, 10min, {{aetna, 100}}}));
    ASSERT_EQ(claimed->leases.size(), 1U);
    Settlement settlement;
    settlement.verdict = verdict;
    settlement.code = code;
    settlement.stage = Stage::eob;
    settlement.detail = "the payer answered 502 each time";
    settlement.delay = 15min;
    ASSERT_TRUE(run(worker_->queue.settle(claimed->leases.front().ref, settlement, {24h, true})));
  }
  Term term() {
    return {"scheduler-1", run(scheduler_->upkeep.lead("scheduler-1", 1min, 24h))->term};
  }

  // A member in each of the states that the page speaks of; M125 runs.
  void queue_something() {
    const std::tuple<const char*, Verdict, const char*> members[] = {
        {"M123", Verdict::done, ""},
        {"M124", Verdict::dead, "payer_5xx"},
        {"M128", Verdict::dead, "payer_5xx"},
        {"M126", Verdict::reconsent, "invalid_grant"},
        {"M127", Verdict::retry, "payer_5xx"}};
    for (const auto& [id, verdict, code] : members) {
      add(id);
      end(verdict, code);
    }
    add("M125");
    ASSERT_TRUE(
        run(worker_->queue.claim({*WorkerId::parse("worker-1"), 1, 10min, {{aetna, 100}}})));
    ASSERT_TRUE(run(worker_->quota.ask({aetna, {20, 5, 0, 25, 0}, "worker-1/0"})));
    term();
  }
  // What a scheduler that leads does within a second.
  void schedule() {
    const Term term = this->term();
    ASSERT_TRUE(run(scheduler_->upkeep.take_inbox(term)));
    ASSERT_TRUE(run(scheduler_->upkeep.tidy(term, 100)));
    ASSERT_TRUE(run(scheduler_->upkeep.expand(term, 100)));
    while (run(scheduler_->upkeep.carry_out(term))->taken > 0) {
    }
    erase_who_leaves(term);
  }
  // And a worker that is there for erasures alone.
  void erase_who_leaves(const Term& term) {
    while (run(scheduler_->upkeep.erase(term))->looked_at > 0) {
    }
    const auto claimed = run(worker_->queue.claim({*WorkerId::parse("worker-1"), 10, 10min, {}}));
    for (const Lease& lease : claimed->leases) {
      ASSERT_TRUE(run(worker_->queue.settle(lease.ref, Settlement{}, {24h, false})));
    }
    while (run(scheduler_->upkeep.erase(term))->looked_at > 0) {
    }
  }
  // So that the page's own lines reach this Redis as the operator's user.
  std::string wrapper() {
    return "#!/bin/sh\nPATH=${PATH#*:}\nREDISCLI_AUTH=" + redis_->password("operator") +
           " exec redis-cli -s '" + redis_->socket() +
           "' --user claimferry-operator --no-auth-warning \"$@\"\n";
  }
  std::vector<std::string> type(const std::string& line) {
    const std::string folder = redis_->directory().string();
    const auto output = integration::run(
        {"sh", "-c", "cd '" + folder + "' && PATH='" + folder + "':$PATH\n{ " + line + "\n} 2>&1"});
    std::vector<std::string> lines;
    for (std::string& one : lines_of(output.text)) {
      one.erase(one.find_last_not_of(' ') + 1);
      if (!one.empty()) {
        lines.push_back(one);
      }
    }
    schedule();
    return lines;
  }
  // The page's ids in a line to be typed stand for those that came instead.
  std::string with_real_ids(std::string line) const {
    for (const auto& [of_page, real] : real_) {
      for (std::size_t at = line.find(of_page); at != std::string::npos;
           at = line.find(of_page, at + real.size())) {
        line.replace(at, of_page.size(), real);
      }
    }
    return line;
  }
  void note_ids(const std::string& of_page, const std::string& came) {
    auto page = std::sregex_iterator(of_page.begin(), of_page.end(), ids);
    auto real = std::sregex_iterator(came.begin(), came.end(), ids);
    for (; page != std::sregex_iterator() && real != std::sregex_iterator(); ++page, ++real) {
      real_.emplace(page->str(), real->str());
    }
  }

  std::unique_ptr<RedisUsers> redis_;
  std::unique_ptr<RedisUsers::User> worker_, scheduler_;
  std::map<std::string, std::string> real_;
};

TEST_F(ConsolePage, ShowsWhatEachLineReallyAnswers) {
  const std::vector<std::string> page = lines_of(tree_file("scheduler/README.md"));
  std::string written;
  int typed = 0;
  for (std::size_t at = 0; at < page.size(); ++at) {
    written += with_real_ids(page[at]) + '\n';
    const std::string prompt = std::string(indent) + "$ ";
    if (!page[at].starts_with(prompt)) {
      continue;
    }
    ++typed;
    const auto came = type(with_real_ids(page[at]).substr(prompt.size()));
    std::vector<std::string> said;
    while (at + 1 < page.size() && page[at + 1].starts_with(indent) &&
           !page[at + 1].starts_with(prompt)) {
      said.push_back(page[++at].substr(indent.size()));
    }
    for (std::size_t line = 0; line < std::max(came.size(), said.size()); ++line) {
      const std::string of_page = line < said.size() ? said[line] : "";
      const std::string real = line < came.size() ? came[line] : "";
      EXPECT_EQ(shape(of_page), shape(real)) << "line " << at + 1 << " of scheduler/README.md";
      note_ids(of_page, real);
    }
    for (const std::string& line : came) {
      written += std::string(indent) + line + '\n';
    }
  }
  EXPECT_GT(typed, 25);
  if (const char* file = std::getenv("CLAIMFERRY_PAGE")) {
    std::ofstream(file) << written;
  }
}

TEST_F(ConsolePage, TheLineThatALargeFileIsAnsweredWithWorksAsItStands) {
  std::string members;
  for (int line = 0; line < 2'500; ++line) {
    members += "M123\n";
  }
  integration::write_file(redis_->directory() / "members.txt", members);
  const std::string call = "redis-cli -e -x FCALL cf_backfill_many 1 'cf:{0}' since=2023-01-01";
  const auto refused = type(call + " < members.txt");
  ASSERT_EQ(refused.size(), 1U);
  const auto answers = type(refused[0].substr(refused[0].find("type: ") + 6));
  ASSERT_EQ(answers.size(), 3U);
  for (const std::string& answer : answers) {
    EXPECT_TRUE(answer.starts_with("OK ")) << answer;
  }
}

// Each command of the library is on the page.
TEST_F(ConsolePage, ShowsEveryCommand) {
  const std::string page = tree_file("scheduler/README.md");
  for (const std::string& line : type("redis-cli --raw FCALL cf_help 0")) {
    const std::string name = line.substr(0, line.find(' '));
    if (name.starts_with("cf_")) {
      EXPECT_NE(page.find("FCALL " + name + " "), std::string::npos) << name;
    }
  }
}

}  // namespace
}  // namespace claimferry::contract
