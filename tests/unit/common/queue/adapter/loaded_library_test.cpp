#include "common/queue/adapter/loaded_library.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/queue/adapter/scripted_redis.hpp"

namespace claimferry::queue {
namespace {

redis::Reply function_reply(const std::string& name) {
  return list_reply({text_reply("name"), text_reply(name), text_reply("description"),
                     redis::Reply{}, text_reply("flags"), texts_reply({"no-writes"})});
}

TEST(LoadedLibraries, AreReadFromTheListThatRedisAnswers) {
  const auto ours =
      list_reply({text_reply("library_name"), text_reply("claimferry"), text_reply("engine"),
                  text_reply("LUA"), text_reply("functions"),
                  list_reply({function_reply("cf_help"), function_reply("cf_version")}),
                  text_reply("library_code"), text_reply("#!lua name=claimferry")});
  const auto other = list_reply(
      {text_reply("library_name"), text_reply("other"), text_reply("functions"), list_reply({})});
  const auto libraries = loaded_libraries(list_reply({ours, other}));
  const std::vector<LoadedLibrary> expected{
      {"claimferry", "#!lua name=claimferry", {"cf_help", "cf_version"}}, {"other", "", {}}};
  EXPECT_EQ(libraries, expected);
}

TEST(LoadedLibraries, AreNoneWhereThereIsNoList) {
  EXPECT_TRUE(loaded_libraries(list_reply({})).empty());
  EXPECT_TRUE(loaded_libraries(redis::Reply{}).empty());
  EXPECT_TRUE(loaded_libraries(text_reply("what")).empty());
}

TEST(LoadedLibraries, ReadWhatTheyKnowOfAnEntryOfAnotherShape) {
  const auto odd =
      list_reply({text_reply("library_name"), number_reply(1), number_reply(2), text_reply("x"),
                  text_reply("functions"), text_reply("none"), text_reply("library_code")});
  EXPECT_EQ(loaded_libraries(list_reply({odd, number_reply(3)})),
            (std::vector<LoadedLibrary>{{}, {}}));
}

TEST(LoadedLibraries, TellWhoOwnsAFunctionWithoutRegardToCase) {
  const std::vector<LoadedLibrary> libraries{{"one", "", {"a", "b"}}, {"two", "", {"CF_Help"}}};
  EXPECT_EQ(owner_of("cf_help", libraries), &libraries[1]);
  EXPECT_EQ(owner_of("b", libraries), &libraries[0]);
  EXPECT_EQ(owner_of("cf_hel", libraries), nullptr);
}

}  // namespace
}  // namespace claimferry::queue
