// Opening a sink that others open at the same time.
#include <cstdlib>
#include <filesystem>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/claims/adapter/ndjson_store.hpp"
#include "common/claims/adapter/sqlite_store.hpp"

namespace claimferry::claims {
namespace {

class SinkOpen : public ::testing::Test {
 protected:
  SinkOpen() {
    std::string form = (std::filesystem::temp_directory_path() / "claimferry-XXXXXX").string();
    directory_ = ::mkdtemp(form.data());
  }
  ~SinkOpen() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
};

// As the workers of a host do. Making the file and its journal is a race; each round is a fresh
// one.
TEST_F(SinkOpen, OfManyThatOpenAFreshFileAtOnceEachSucceeds) {
  constexpr unsigned rounds = 60;
  constexpr unsigned openers = 4;
  for (unsigned round = 0; round < rounds; ++round) {
    const auto path = directory_ / std::to_string(round);
    std::vector<std::optional<Failure>> failures(openers);
    std::latch together(openers);
    {
      std::vector<std::jthread> threads;
      for (unsigned opener = 0; opener < openers; ++opener) {
        threads.emplace_back([&, opener] {
          together.arrive_and_wait();
          auto store = SqliteStore::open(path);
          if (!store) {
            failures[opener] = std::move(store.failure());
          }
        });
      }
    }
    for (const auto& failure : failures) {
      ASSERT_FALSE(failure.has_value()) << "round " << round << ": " << failure->detail;
    }
  }
}

// What one has just begun to write, another that opens must not take for a dead process's.
TEST_F(SinkOpen, OfManyThatOpenAFreshDirectoryAtOnceEachWritesASegmentOfItsOwn) {
  constexpr unsigned rounds = 15;
  constexpr unsigned openers = 4;
  for (unsigned round = 0; round < rounds; ++round) {
    const auto lake = directory_ / std::to_string(round);
    std::vector<std::optional<Failure>> failures(openers);
    std::latch together(openers);
    {
      std::vector<std::jthread> threads;
      for (unsigned opener = 0; opener < openers; ++opener) {
        threads.emplace_back([&, opener] {
          const SystemClock clock;
          SegmentDisk disk;
          together.arrive_and_wait();
          auto store = NdjsonStore::open({lake}, clock, disk);
          const SyncKey key{
              *PayerName::parse("p"),
              {*JobId::parse("j"), *MemberId::parse("M" + std::to_string(opener)), Fence{1}}};
          Result<void> done = store ? (*store)->begin() : Result<void>(store.failure());
          done = done ? (*store)->erase(key, clock.wall()) : done;
          done = done ? (*store)->commit_transaction() : done;
          if (!done) {
            failures[opener] = std::move(done.failure());
          }
        });
      }
    }
    for (const auto& failure : failures) {
      ASSERT_FALSE(failure.has_value()) << "round " << round << ": " << failure->detail;
    }
    std::size_t segments = 0;
    for (const auto& entry : std::filesystem::directory_iterator(lake)) {
      segments += entry.path().extension() == ".ndjson" ? 1 : 0;
    }
    ASSERT_EQ(segments, openers) << "round " << round;
  }
}

}  // namespace
}  // namespace claimferry::claims
