#include "common/queue/adapter/library_decision.hpp"

#include <array>

#include <gtest/gtest.h>

namespace claimferry::queue {
namespace {

using enum LibraryDecision;

TEST(LibraryDecision, FollowsFromTheRecordAndTheCodeThatRedisHolds) {
  struct Case {
    std::optional<std::string> recorded;
    std::optional<std::string> code;
    LibraryDecision decision;
  };
  const auto cases = std::to_array<Case>({
      {"7", "ours", keep},
      {"7", "other", load},  // a build under development
      {"8", "other", leave_newer},
      {"8", "ours", leave_newer},
      {"4294967295", "other", leave_newer},
      {"6", "other", load},
      {"6", "ours", load},  // for the record's sake
      {std::nullopt, "ours", load},
      {std::nullopt, "other", load},
      {std::nullopt, std::nullopt, load},
      {"6", std::nullopt, load},
      {"7", std::nullopt, load},
      {"8", std::nullopt, load},  // lost; whoever has the newer one loads it when he comes
      {"", "ours", load},
      {"nine", "other", load},
      {"9.0", "other", load},
      {"9 ", "other", load},
      {" 9", "other", load},
      {"-9", "other", load},
      {"4294967296", "other", load},
  });
  for (const Case& one : cases) {
    const LibraryText ours{7, "ours"};
    EXPECT_EQ(decide(ours, {one.recorded, one.code}), one.decision)
        << one.recorded.value_or("no record") << ", " << one.code.value_or("no library");
  }
}

}  // namespace
}  // namespace claimferry::queue
