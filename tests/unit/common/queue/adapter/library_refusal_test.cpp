#include "common/queue/adapter/library_refusal.hpp"

#include <gtest/gtest.h>

namespace claimferry::queue {
namespace {

const std::vector<LoadedLibrary> libraries{{"claimferry", "", {"cf_version"}},
                                           {"toolbox", "", {"sum", "cf_help"}}};

bool has(const Failure& failure, std::string_view words) {
  return failure.detail.find(words) != std::string::npos;
}

TEST(LibraryRefusal, SaysWhichRightsTheUserNeeds) {
  const Failure failure =
      refusal_of({"NOPERM this user has no permissions to run the 'function|load' command"});
  EXPECT_EQ(failure.kind, FailureKind::permanent);
  EXPECT_EQ(failure.code, "redis_noperm");
  EXPECT_TRUE(has(failure, "'function|load' command"));
  EXPECT_TRUE(has(failure, "redis.username"));
  EXPECT_TRUE(has(failure, "ACL SETUSER NAME '+function|list' '+function|load'"));
}

TEST(LibraryRefusal, WaitsForWhatPassesByItself) {
  for (const std::string code : {"LOADING", "READONLY", "OOM"}) {
    EXPECT_EQ(refusal_of({code + " for now"}).kind, FailureKind::local) << code;
    EXPECT_EQ(load_refusal_of({code + " for now"}, 3, libraries).kind, FailureKind::local) << code;
  }
}

TEST(LibraryRefusal, TellsEverythingElseInTheWordsOfRedis) {
  const Failure failure = refusal_of({"WRONGTYPE Operation against a key"});
  EXPECT_EQ(failure.kind, FailureKind::permanent);
  EXPECT_EQ(failure.code, "redis_wrongtype");
  EXPECT_TRUE(has(failure, "WRONGTYPE Operation against a key"));
  EXPECT_FALSE(has(failure, "ACL SETUSER"));
}

TEST(LibraryRefusal, NamesTheLibraryThatOwnsAFunctionOfOurs) {
  const Failure failure = load_refusal_of({"ERR Function cf_help already exists"}, 3, libraries);
  EXPECT_EQ(failure.kind, FailureKind::permanent);
  EXPECT_EQ(failure.code, "library_name_taken");
  EXPECT_TRUE(has(failure, "function cf_help"));
  EXPECT_TRUE(has(failure, "redis-cli FUNCTION DELETE toolbox"));
}

TEST(LibraryRefusal, SaysWhatIsWrongWithTheTextAndThatNothingChanged) {
  for (const std::string error :
       {"ERR Error compiling function: @user_function:3: '=' expected near 'x'",
        "ERR Function nobodys already exists", "ERR Function  already exists",
        "ERR Function already exists"}) {
    const Failure failure = load_refusal_of({error}, 3, libraries);
    EXPECT_EQ(failure.kind, FailureKind::permanent) << error;
    EXPECT_EQ(failure.code, "library_refused") << error;
    EXPECT_TRUE(has(failure, "version 3")) << error;
    EXPECT_TRUE(has(failure, error)) << error;
    EXPECT_TRUE(has(failure, "stay as they were")) << error;
  }
}

}  // namespace
}  // namespace claimferry::queue
