// Opening a sink that others open at the same time.
#include <cstdlib>
#include <filesystem>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace claimferry::claims
