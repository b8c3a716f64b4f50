// What a coroutine may refer to, and who hears of its end.
#include <algorithm>
#include <array>
#include <regex>

#include "tests/tidy/rules.hpp"

namespace claimferry::tidy {
namespace {

struct Allowed {
  std::string_view where;  // how the path begins; empty: everywhere
  std::string_view type;   // without const and namespaces; empty: any
  std::string_view why;    // for the reader
};

// References that a coroutine may take: what surely outlives it.
constexpr auto allowed_references = std::to_array<Allowed>({
    {"", "Client", "a port: made before the loops, gone after them"},
    {"", "JobQueue", "a port"},
    {"", "MemberStores", "a program's own"},
    {"", "Random", "a port"},
    {"", "Observer", "a port"},
    {"", "Sleeper", "a port"},
    {"", "StopSource", "stands in the job, which the caller shares"},
    {"worker/", "Payer", "the process's, made once at start"},
    {"common/claims/adapter/", "StoreWriter", "the sink's, joined when the sink goes"},
    {"common/queue/adapter/function_library", "Session", "one conversation, awaited in place"},
    {"common/redis/dial", "", "awaited in place by the attempt that holds all of it"},
    {"common/http/connection", "", "awaited in place by send(), whose frame holds request and url"},
    {"scheduler/ctl/session.hpp", "", "run to its end before the caller returns"},
});

// Coroutines that nobody waits for.
constexpr auto allowed_detached = std::to_array<Allowed>({
    {"common/redis/attempt.cpp", "", "an attempt tells its end itself, as a Result"},
    {"common/redis/channel.cpp", "", "what the attempt told is given to everyone who waits"},
    {"common/redis/tcp_subscriber.cpp", "", "a look for the master, which tells by the inbox"},
});

std::string line_of(const SourceFile& file, std::size_t at) {
  const auto end = file.code.begin() + static_cast<std::ptrdiff_t>(at);
  return file.path + ":" + std::to_string(1 + std::count(file.code.begin(), end, '\n')) + ": ";
}

bool is_product(const SourceFile& file) {
  return file.is_cpp() && (file.in("common/") || file.in("worker/") || file.in("scheduler/"));
}

// What stands between a parenthesis and the one that closes it.
std::string within(const std::string& code, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < code.size(); ++at) {
    depth += code[at] == '(' ? 1 : code[at] == ')' ? -1 : 0;
    if (depth == 0) {
      return code.substr(open + 1, at - open - 1);
    }
  }
  return "";
}

bool is_allowed(const SourceFile& file, const std::string& type) {
  return std::ranges::any_of(allowed_references, [&](const Allowed& allowed) {
    return file.in(allowed.where) && (allowed.type.empty() || allowed.type == type);
  });
}

void report_references(const SourceFile& file, std::size_t at, const std::string& parameters,
                       Findings& findings) {
  // A reference at the top level: behind a type's name or its template arguments.
  static const std::regex reference(R"(([A-Za-z_]\w*)(?:<[^<>&]*>)?\s*&(?!&))");
  for (auto found = std::sregex_iterator(parameters.begin(), parameters.end(), reference);
       found != std::sregex_iterator(); ++found) {
    const std::string type = (*found)[1];
    if (!is_allowed(file, type)) {
      findings.push_back(line_of(file, at) + "a coroutine takes a reference to " + type +
                         ", which may be gone when it goes on; take it by value");
    }
  }
}

}  // namespace

Findings coroutine_parameters(const Tree& tree) {
  static const std::regex coroutine(R"(awaitable<[^;={}()]*>\s+[\w:]+\()");
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!is_product(file)) {
      continue;
    }
    for (auto found = std::sregex_iterator(file.code.begin(), file.code.end(), coroutine);
         found != std::sregex_iterator(); ++found) {
      const auto open = static_cast<std::size_t>(found->position() + found->length() - 1);
      report_references(file, open, within(file.code, open), findings);
    }
  }
  return findings;
}

Findings detached_coroutines(const Tree& tree) {
  static const std::regex detached(R"(\bdetached\b(?!\.hpp))");
  Findings findings;
  for (const SourceFile& file : tree) {
    const bool allowed = std::ranges::any_of(
        allowed_detached, [&](const Allowed& one) { return file.in(one.where); });
    for (std::size_t at = 0; is_product(file) && !allowed && at < file.lines.size(); ++at) {
      if (std::regex_search(file.lines[at], detached)) {
        findings.push_back(file.path + ":" + std::to_string(at + 1) +
                           ": detached swallows what a coroutine throws; give it a handler that "
                           "counts and logs it");
      }
    }
  }
  return findings;
}

}  // namespace claimferry::tidy
