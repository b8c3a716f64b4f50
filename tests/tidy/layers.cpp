#include <algorithm>
#include <map>

#include "tests/tidy/rules.hpp"

namespace claimferry::tidy {
namespace {

// The rank of a folder's files: includes go to the same rank or below.
enum Rank { vocabulary, domain, infrastructure, adapter, program_base, program, test };

// Ports are spoken of by coroutines; these pieces are Asio, but no protocol.
constexpr std::string_view asynchronous = "common/async/";

Rank rank_of(std::string_view path) {
  const auto in = [path](std::string_view folder) { return path.starts_with(folder); };
  if (in("tests/")) {
    return test;
  }
  if (in("worker/") || in("scheduler/")) {
    return program;
  }
  if (in("common/program/")) {
    return program_base;
  }
  if (path.find("/adapter/") != std::string_view::npos) {
    return adapter;
  }
  if (in("common/base/")) {
    return vocabulary;
  }
  for (const auto* folder :
       {"common/queue/", "common/quota/", "common/oauth/", "common/fhir/", "common/claims/",
        "common/members/", "common/vault/", "common/audit/"}) {
    if (in(folder)) {
      return domain;
    }
  }
  return infrastructure;
}

std::string top(std::string_view path) {
  return std::string(path.substr(0, path.find('/')));
}

struct Include {
  std::string what;
  std::size_t line;
};

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> found;
  for (std::size_t at = 0; at < file.lines.size(); ++at) {
    const std::string& line = file.lines[at];
    if (line.starts_with("#include ") && line.size() > 10) {
      const auto end = line.find_first_of(">\"", 10);
      found.push_back({line.substr(10, end - 10), at + 1});
    }
  }
  return found;
}

// Third-party headers and where they may stand.
struct Fence {
  std::string_view header;
  std::vector<std::string_view> folders;
};
const std::vector<Fence>& fences() {
  static const std::vector<Fence> all{
      {"boost/beast", {"common/http/", "tests/sandbox/server/"}},
      {"boost/asio",
       {"common/async/", "common/redis/", "common/postgres/", "common/http/",
        "common/telemetry/admin", "common/program/", "common/claims/adapter/",
        "common/queue/adapter/", "common/quota/adapter/", "common/audit/adapter/", "worker/",
        "scheduler/", "tests/"}},
      {"hiredis", {"common/redis/"}},
      {"libpq", {"common/postgres/", "tests/sandbox/judge/", "tests/bench/"}},
      {"sqlite3", {"common/claims/adapter/", "tests/"}},
      {"simdjson", {"common/claims/", "common/fhir/", "common/oauth/", "tests/"}},
      {"toml++", {"common/config/"}},
      {"spdlog", {"common/telemetry/"}},
      {"prometheus", {"common/telemetry/", "tests/unit/common/telemetry/"}},
      {"libdeflate", {"common/http/", "tests/"}},
      {"boost/json", {"scheduler/ctl/", "scheduler/enroll/", "tests/"}},
  };
  return all;
}

bool may_include(std::string_view path, const Include& include) {
  const Rank from = rank_of(path);
  const Rank to = rank_of(include.what);
  if (include.what.starts_with(asynchronous)) {
    return from > domain;
  }
  if (to == test) {
    return from == test;
  }
  if (from == program && to == program) {
    return top(path) == top(include.what);
  }
  return to <= from;
}

}  // namespace

Findings layers(const Tree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.is_cpp()) {
      continue;
    }
    for (const Include& include : includes_of(file)) {
      const std::string where = file.path + ":" + std::to_string(include.line) + ": ";
      const bool is_ours =
          include.what.starts_with("common/") || include.what.starts_with("worker/") ||
          include.what.starts_with("scheduler/") || include.what.starts_with("tests/");
      if (is_ours && !may_include(file.path, include)) {
        findings.push_back(where + "includes " + include.what +
                           ", which stands above or beside it; arrows go down only");
      }
      for (const Fence& fence : fences()) {
        if (include.what.starts_with(fence.header) &&
            std::ranges::none_of(fence.folders,
                                 [&](std::string_view folder) { return file.in(folder); })) {
          findings.push_back(where + "includes " + include.what +
                             ", which has its own folders; use their interface");
        }
      }
    }
  }
  return findings;
}

}  // namespace claimferry::tidy
