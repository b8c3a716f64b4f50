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
      {"common/audit/a.cpp", "#include \"common/redis/client.hpp\"\n"},
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
      "auto x = co_await (a ? ns::f() : g());",
      "auto x = co_await (a ? f() : ns::g());",
      "auto x = a ? co_await ns::f() : 0;",
      "co_await f([this] { return 1; });",
      "co_return co_await run(io, [&x](int a) { return a; });",
      "const auto r = co_await f(\n    Request{a,\n            b});",
      "Arrived arrived{co_await f(url), url};",
      "const Arrived arrived = {co_await f(url), url};",
      "co_return Arrived{url, co_await f(url)};",
      "g({url, co_await f(url)});",
  };
  for (const std::string& text : wrong) {
    EXPECT_EQ(findings(coroutine_forms, "worker/a.cpp", "void f() {\n  " + text + "\n}\n"), 1U)
        << text;
  }
  const std::string right[] = {
      "auto x = co_await f(a, b[0]);",
      "if (auto x = co_await f(a); !x) {\n    g(Point{1, 2});\n  }",
      "const Point p{1, 2};\n  co_await f(p);",
      "if (a) {\n    co_await f(a);\n  }",
      "while (co_await f(a)) {\n    g(Point{1, 2});\n  }",
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

TEST(Tidy, FindsReferencesThatACoroutineMayOutlive) {
  const std::string wrong[] = {
      "awaitable<void> f(const std::string& text);",
      "awaitable<Result<int>> Thing::f(int a, std::vector<int>& all) {",
      "awaitable<std::optional<Cursor>> f(const Lease& lease,\n   int more);",
  };
  for (const std::string& text : wrong) {
    EXPECT_EQ(findings(coroutine_parameters, "worker/a.cpp", text + "\n"), 1U) << text;
  }
  const std::string right[] = {
      "awaitable<void> f(std::string text, Token&& token);",
      "awaitable<void> f(redis::Client& client, Sleeper& sleeper);",
      "awaitable<void> f(std::shared_ptr<Job> job, std::function<void(int)> call);",
      "std::string f(const std::string& text);",
  };
  for (const std::string& text : right) {
    EXPECT_EQ(findings(coroutine_parameters, "worker/a.cpp", text + "\n"), 0U) << text;
  }
  EXPECT_EQ(findings(coroutine_parameters, "tests/a.cpp", wrong[0] + "\n"), 0U);
}

TEST(Tidy, FindsCoroutinesWhoseEndNobodyHears) {
  EXPECT_EQ(findings(detached_coroutines, "worker/a.cpp", "co_spawn(io, f(), asio::detached);\n"),
            1U);
  EXPECT_EQ(findings(detached_coroutines, "tests/a.cpp", "co_spawn(io, f(), asio::detached);\n"),
            0U);
}

TEST(Tidy, FindsWhatSleeps) {
  const std::pair<std::string, std::string> wrong[] = {
      {"tests/a.cpp", "std::this_thread::sleep_for(1s);"},
      {"worker/a.cpp", "  sleep(1);"},
      {"tests/a.cpp", "if (x) { ::sleep(1); }"},
      {"tests/a.cpp", "usleep(100);"},
      {"deploy/a.sh", "  sleep 1"},
      {"deploy/a.sh", "while true; do sleep 0.1; done"},
  };
  for (const auto& [path, text] : wrong) {
    EXPECT_EQ(findings(no_sleeping, path, text + "\n"), 1U) << text;
  }
  const std::pair<std::string, std::string> right[] = {
      {"worker/a.cpp", "co_await sleeper.sleep(how_long);"},
      {"worker/a.hpp", "virtual awaitable<void> sleep(Duration how_long) = 0;"},
      {"worker/a.cpp", "awaitable<void> TimerSleeper::sleep(Duration how_long) {"},
      {"deploy/a.sh", "  sleep 0.1  # polls Redis"},
      {"deploy/a.sh", "# no sleep 1 here"},
  };
  for (const auto& [path, text] : right) {
    EXPECT_EQ(findings(no_sleeping, path, text + "\n"), 0U) << text;
  }
}

TEST(Tidy, FindsSourcesThatNothingTests) {
  EXPECT_EQ(findings(untested_sources, "worker/unheard_of.cpp", "\n"), 1U);
  EXPECT_EQ(findings(untested_sources, "worker/heartbeat.cpp", "\n"), 0U);
  EXPECT_EQ(untested_sources(tree_of({{"worker/unheard_of.cpp", "\n"},
                                      {"tests/unit/worker/unheard_of_test.cpp", "\n"}}))
                .size(),
            0U);
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
  EXPECT_EQ(findings(metric_names, "worker/a.cpp", "auto x = \"claimferry_jobs_total\";\n"), 1U);
  EXPECT_EQ(findings(metric_names, "common/telemetry/metric_names.hpp",
                     "inline constexpr auto unused = \"claimferry_unused_total\";\n"),
            1U);
  EXPECT_EQ(findings(mirrored_tests, "tests/unit/common/base/gone_test.cpp", "\n"), 1U);
  const std::string here = std::getenv("CLAIMFERRY_SOURCE");
  EXPECT_EQ(findings(private_words, "README.md", "see " + here + "/somewhere\n"), 1U);
  EXPECT_EQ(findings(private_words, "README.md", "see /home/somebody\n"), 1U);
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
