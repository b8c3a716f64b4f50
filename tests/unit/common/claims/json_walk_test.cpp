#include "common/claims/json_walk.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::claims {
namespace {

struct Walked {
  simdjson::padded_string text;
  TextArena texts;
  JsonTape tape;
  std::size_t nodes_left = limits::json_nodes_per_page_max;
  simdjson::error_code error = simdjson::SUCCESS;

  JsonView root() const { return {tape, 0}; }
};

std::unique_ptr<Walked> walk(std::string_view text, unsigned depth = 0,
                             std::size_t nodes_left = limits::json_nodes_per_page_max) {
  auto walked = std::make_unique<Walked>();
  walked->text = simdjson::padded_string(text);
  walked->nodes_left = nodes_left;
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::value value;
  walked->error = parser.iterate(walked->text).get(document);
  walked->error = walked->error ? walked->error : document.get_value().get(value);
  if (!walked->error) {
    walked->error = JsonWalk(walked->tape, walked->texts, walked->nodes_left).value(value, depth);
  }
  return walked;
}

TEST(JsonWalk, PutsEveryValueOnTheTapeInItsOrder) {
  const auto walked = walk(R"({"a":[1,-2.50e+3,"x"],"b":{"c":true,"d":false},"e":null,"f":""})");
  ASSERT_EQ(walked->error, simdjson::SUCCESS);
  const std::tuple<std::string_view, std::string_view, JsonKind, std::uint32_t> expected[] = {
      {"", "", JsonKind::object, 10},           {"a", "", JsonKind::array, 5},
      {"", "1", JsonKind::number, 3},           {"", "-2.50e+3", JsonKind::number, 4},
      {"", "x", JsonKind::string, 5},           {"b", "", JsonKind::object, 8},
      {"c", "true", JsonKind::literal_true, 7}, {"d", "false", JsonKind::literal_false, 8},
      {"e", "null", JsonKind::null, 9},         {"f", "", JsonKind::string, 10}};
  ASSERT_EQ(walked->tape.size(), std::size(expected));
  for (std::size_t at = 0; at < std::size(expected); ++at) {
    const JsonNode& node = walked->tape[at];
    EXPECT_EQ(std::tuple(node.key, node.text, node.kind, node.end), expected[at]) << at;
  }
  EXPECT_EQ(walked->texts.bytes(), 0U) << "what needs no unescaping is not copied";
}

TEST(JsonWalk, UnescapesKeysAndStrings) {
  const auto walked =
      walk(R"({"k\u0065y":"a\"b\\c\/d\b\f\n\r\t","\\":"\u00e9\ud83d\ude00","\"":1})");
  ASSERT_EQ(walked->error, simdjson::SUCCESS);
  EXPECT_EQ(walked->root()["key"].text(), "a\"b\\c/d\b\f\n\r\t");
  EXPECT_EQ(walked->root()["\\"].text(), "\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(walked->root()["\""].scalar(), "1");
}

TEST(JsonWalk, RefusesBadTokens) {
  const std::string_view bad[] = {"[tru]",
                                  "[True]",
                                  "[truex]",
                                  "[nul]",
                                  "[nullx]",
                                  "[falsey]",
                                  "[01]",
                                  "[+1]",
                                  "[1.]",
                                  "[.5]",
                                  "[1e]",
                                  "[0x1]",
                                  "[-]",
                                  "[NaN]",
                                  "[Infinity]",
                                  "[1 2]",
                                  "[1,]",
                                  "[,1]",
                                  "[\"\\q\"]",
                                  "[\"\\u12\"]",
                                  "[\"\\ud800\"]",
                                  "[\"\\ud800\\u0041\"]",
                                  "[\"a\" \"b\"]",
                                  "[\"a\nb\"]",
                                  "{\"a\"}",
                                  "{\"a\":}",
                                  "{\"a\":1,}",
                                  "{1:2}",
                                  "{a:1}",
                                  "{\"a\" 1}",
                                  "{\"a\\q\":1}",
                                  "[}",
                                  "[1",
                                  "{\"a\":1",
                                  "[\"a]"};
  for (const std::string_view text : bad) {
    EXPECT_NE(walk(text)->error, simdjson::SUCCESS) << text;
  }
}

// limits::json_depth_max
TEST(JsonWalk, JsonDepthMaxIsTheDeepestThatItGoes) {
  const auto arrays = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  const auto objects = [](std::size_t levels) {
    std::string text;
    for (std::size_t at = 0; at < levels; ++at) {
      text += "{\"a\":";
    }
    return text + "1" + std::string(levels, '}');
  };
  EXPECT_EQ(walk(arrays(limits::json_depth_max))->error, simdjson::SUCCESS);
  EXPECT_EQ(walk(arrays(limits::json_depth_max + 1))->error, simdjson::DEPTH_ERROR);
  EXPECT_EQ(walk(objects(limits::json_depth_max))->error, simdjson::SUCCESS);
  EXPECT_EQ(walk(objects(limits::json_depth_max + 1))->error, simdjson::DEPTH_ERROR);
  EXPECT_EQ(walk(arrays(limits::json_depth_max - 3), 3)->error, simdjson::SUCCESS);
  EXPECT_EQ(walk(arrays(limits::json_depth_max - 2), 3)->error, simdjson::DEPTH_ERROR);
}

TEST(JsonWalk, StopsWhenNoMoreValuesAreLeft) {
  constexpr std::string_view six = R"({"a":[1,"x",null],"b":{}})";
  EXPECT_EQ(walk(six, 0, 6)->error, simdjson::SUCCESS);
  EXPECT_EQ(walk(six, 0, 6)->nodes_left, 0U);
  for (std::size_t left = 0; left < 6; ++left) {
    EXPECT_EQ(walk(six, 0, left)->error, simdjson::CAPACITY) << left;
  }
}

}  // namespace
}  // namespace claimferry::claims
