// The tree against the rules, and each rule against a planted violation: a rule that finds nothing
// anywhere is none.
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/tidy/rules.hpp"

namespace claimferry::tidy {
namespace {

TEST(Tidy, TheTreeKeepsEveryRule) {
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  ASSERT_NE(source, nullptr);
  const Tree tree = read_tree(source);
  ASSERT_GT(tree.size(), 100U);
  for (const Rule& rule : rules()) {
    for (const std::string& finding : rule.check(tree)) {
      ADD_FAILURE() << rule.name << ": " << finding;
    }
  }
}

Tree tree_of(std::vector<std::pair<std::string, std::string>> files) {
  Tree tree;
  for (auto& [path, text] : files) {
    tree.push_back(source_file(std::move(path), std::move(text)));
  }
  return tree;
}

std::size_t findings(Findings (*rule)(const Tree&), const std::string& path,
                     const std::string& text) {
  return rule(tree_of({{path, text}})).size();
}

TEST(Tidy, FindsAnIncludeThatGoesUp) {
  const std::pair<std::string, std::string> wrong[] = {
      {"common/base/a.hpp", "#include \"common/queue/job.hpp\"\n"},
      {"common/queue/a.cpp", "#include \"common/redis/client.hpp\"\n"},
      {"common/queue/a.cpp", "#include \"common/async/sleeper.hpp\"\n"},
      {"common/claims/a.cpp", "#include <boost/asio/post.hpp>\n"},
      {"common/redis/a.cpp", "#include <boost/beast/http.hpp>\n"},
      {"common/queue/adapter/a.cpp", "#include <hiredis/read.h>\n"},
      {"common/redis/a.cpp", "#include \"common/queue/adapter/job_queue.hpp\"\n"},
      {"worker/a.cpp", "#include \"scheduler/scheduler_loop.hpp\"\n"},
      {"common/program/a.cpp", "#include \"worker/shard.hpp\"\n"},
      {"worker/a.cpp", "#include \"tests/world/world.hpp\"\n"},
  };
  for (const auto& [path, text] : wrong) {
    EXPECT_EQ(findings(layers, path, text), 1U) << path << " " << text;
  }
  EXPECT_EQ(findings(layers, "worker/a.cpp", "#include \"common/queue/job.hpp\"\n"), 0U);
  EXPECT_EQ(
      findings(layers, "common/queue/adapter/a.hpp", "#include \"common/redis/client.hpp\"\n"), 0U);
}

TEST(Tidy, FindsTheCoroutineForms) {
  const std::string wrong[] = {
      "auto x = co_await f(Point{1, 2});",
      "co_await f({1, 2});",
      "auto x = co_await (a ? f() : g());",
      "co_await f([this] { return 1; });",
      "co_return co_await run(io, [&x](int a) { return a; });",
      "const auto r = co_await f(\n    Request{a,\n            b});",
  };
  for (const std::string& text : wrong) {
    EXPECT_EQ(findings(coroutine_forms, "worker/a.cpp", "void f() {\n  " + text + "\n}\n"), 1U)
        << text;
  }
  const std::string right[] = {
      "auto x = co_await f(a, b[0]);",
      "if (auto x = co_await f(a); !x) {\n    g(Point{1, 2});\n  }",
      "const Point p{1, 2};\n  co_await f(p);",
      "auto [a, b] = co_await f(x);",
      "co_await f(\"{a ? b : c}\");",
      "co_await f(a::b, c::d);",
      "Point p{1, 2};  // then co_await f(Point{1})",
  };
  for (const std::string& text : right) {
    EXPECT_EQ(findings(coroutine_forms, "worker/a.cpp", "void f() {\n  " + text + "\n}\n"), 0U)
        << text;
  }
}

TEST(Tidy, FindsWhatIsTooLarge) {
  EXPECT_EQ(findings(sizes, "worker/a.cpp", std::string(101, 'x') + "\n"), 1U);
  EXPECT_EQ(findings(sizes, "worker/a.cpp", std::string(100, 'x') + "\n"), 0U);
  std::string lines;
  for (int at = 0; at < 401; ++at) {
    lines += "\n";
  }
  EXPECT_EQ(findings(sizes, "worker/a.cpp", lines), 1U);
  EXPECT_EQ(findings(sizes, "tests/a.cpp", lines), 0U);
}

TEST(Tidy, FindsTheSmallerThings) {
  EXPECT_EQ(findings(no_sleeping_tests, "tests/a.cpp", "std::this_thread::sleep_for(1s);\n"), 1U);
  EXPECT_EQ(findings(metric_names, "worker/a.cpp", "auto x = \"claimferry_jobs_total\";\n"), 1U);
  EXPECT_EQ(findings(metric_names, "common/telemetry/metric_names.hpp",
                     "inline constexpr auto unused = \"claimferry_unused_total\";\n"),
            1U);
  EXPECT_EQ(findings(mirrored_tests, "tests/unit/common/base/gone_test.cpp", "\n"), 1U);
  EXPECT_EQ(findings(private_words, "README.md", "see /work/somewhere\n"), 1U);
  EXPECT_EQ(findings(names, "worker/JobDriver.cpp", "\n"), 1U);
  EXPECT_EQ(findings(names, "worker/a.cpp", "no line break"), 1U);
  EXPECT_EQ(findings(names, "worker/a.cpp", "int a; \n"), 1U);
  Tree many;
  for (char name = 'a'; name < 'h'; ++name) {
    many.push_back(source_file(std::string("worker/") + name + ".cpp", "\n"));
  }
  EXPECT_EQ(readmes(many).size(), 1U);
}

}  // namespace
}  // namespace claimferry::tidy
