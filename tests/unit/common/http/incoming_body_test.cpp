#include "common/http/incoming_body.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "common/base/limits.hpp"
#include "common/claims/json_walk.hpp"
#include "common/claims/parse.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::http {
namespace {

using namespace std::chrono_literals;
using contract::run;

class IncomingBodyTest : public testing::Test {
 protected:
  IncomingBody body_of_at_most(std::size_t bytes_max) {
    return {budget, bytes_max, clock.steady() + 1h};
  }
  static void receive(IncomingBody& body, std::string_view bytes) {
    std::copy_n(bytes.data(), bytes.size(), body.free_space());
    body.add(bytes.size());
  }

  SystemClock clock;
  boost::asio::io_context io;
  ByteBudget budget{executor_of(io), 1 * limits::MiB};
};

TEST_F(IncomingBodyTest, CostsWhatParsingItNeedsUntilItGoes) {
  IncomingBody incoming = body_of_at_most(limits::MiB);
  ASSERT_TRUE(run(io, incoming.begin(1'000, false)));
  EXPECT_EQ(incoming.free_bytes(), 1'000U);
  receive(incoming, std::string(1'000, 'x'));
  EXPECT_TRUE(incoming.is_full());
  const Body body = incoming.finish();
  EXPECT_EQ(body.size(), 1'000U);
  EXPECT_EQ(budget.in_use(), parse_factor * 1'000);
}

TEST_F(IncomingBodyTest, GivesBackTheRoomThatABodyOfUnknownLengthDidNotNeed) {
  {
    IncomingBody incoming = body_of_at_most(limits::MiB);
    ASSERT_TRUE(run(io, incoming.begin(std::nullopt, false)));
    const std::size_t first = incoming.free_bytes();
    receive(incoming, std::string(first, 'x'));
    ASSERT_TRUE(run(io, incoming.make_room()));
    receive(incoming, "y");
    const Body body = incoming.finish();
    EXPECT_EQ(body.view(), std::string(first, 'x') + "y");
    EXPECT_EQ(budget.in_use(), parse_factor * (first + 1) + first);
  }
  EXPECT_EQ(budget.in_use(), 0U);
}

TEST_F(IncomingBodyTest, NeverGrowsPastOneByteMoreThanIsAllowed) {
  IncomingBody incoming = body_of_at_most(300'000);
  ASSERT_TRUE(run(io, incoming.begin(std::nullopt, false)));
  receive(incoming, std::string(incoming.free_bytes(), 'x'));
  ASSERT_TRUE(run(io, incoming.make_room()));
  EXPECT_EQ(incoming.size() + incoming.free_bytes(), 300'001U);
}

namespace fs = std::filesystem;

// Pages and claims that others wrote, where they are present.
fs::path corpus() {
  if (const char* named = std::getenv("CLAIMFERRY_CORPUS")) {
    return named;
  }
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  return source == nullptr ? fs::path() : fs::path(source).parent_path() / "shared" / "data";
}

// Without its white space; empty when it is no JSON.
std::string minified(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string read = text.str();
  std::string page(read.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t bytes = 0;
  const auto error = simdjson::minify(read.data(), read.size(), page.data(), bytes);
  page.resize(error ? 0 : bytes);
  return page;
}

// Were the page one resource; 0 when it is no object. A tape may have twice the room it needs.
std::size_t index_and_tape_bytes(const std::string& page) {
  const simdjson::padded_string padded(page);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object root;
  claims::JsonTape tape;
  TextArena texts;
  std::size_t nodes_left = limits::json_nodes_per_page_max;
  if (parser.iterate(padded).get(document) || document.get_object().get(root) ||
      claims::JsonWalk(tape, texts, nodes_left).object(std::move(root), 0)) {
    return 0;
  }
  return tape.size() * (2 * sizeof(claims::JsonNode) + 4 * sizeof(std::uint32_t));
}

std::size_t rows_bytes(const std::string& page) {
  claims::PageParser parser;
  const claims::ParseRequest request{queue::Resource::eob, "", {}};
  const auto parsed = parser.parse(Body(page), request);
  if (!parsed) {
    return 0;
  }
  return parsed->resources.capacity() * sizeof(claims::ResourceRow) + parsed->rows.bytes() +
         parsed->texts.bytes() + parsed->quarantined.capacity() * sizeof(claims::QuarantinedEntry);
}

TEST(ParseFactor, CoversBodyIndexTapeAndRowsOfRealPages) {
  if (!fs::exists(corpus())) {
    GTEST_SKIP() << "no corpus";
  }
  unsigned pages = 0;
  for (const auto& entry : fs::recursive_directory_iterator(corpus())) {
    const std::string page =
        entry.path().extension() == ".json" ? minified(entry.path()) : std::string();
    const std::size_t parsing = index_and_tape_bytes(page);
    if (parsing > 0) {
      EXPECT_LE(page.size() + parsing + rows_bytes(page), parse_factor * page.size())
          << entry.path();
      ++pages;
    }
  }
  EXPECT_GT(pages, 100U);
}

}  // namespace
}  // namespace claimferry::http
