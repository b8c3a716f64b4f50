#include <regex>

#include "tests/tidy/rules.hpp"

namespace claimferry::tidy {
namespace {

// The statement around a position: from behind the last ';', '{' or '}' of the same nesting to the
// next ';'. Braces within parentheses and those of an initialiser belong to the statement.
struct Statement {
  std::size_t begin;
  std::size_t end;
};

// Whether the brace at `open` begins values and no block: a block's statements end by ';'.
bool begins_values(const std::string& code, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < code.size() && code[at] != ';'; ++at) {
    depth += code[at] == '{' ? 1 : code[at] == '}' ? -1 : 0;
    if (depth == 0) {
      return true;
    }
  }
  return false;
}

Statement statement_around(const std::string& code, std::size_t at) {
  std::size_t begin = at;
  for (int depth = 0; begin > 0; --begin) {
    const char c = code[begin - 1];
    depth += c == ')' || c == ']' ? 1 : c == '(' || c == '[' ? -1 : 0;
    if (depth <= 0 && (c == ';' || c == '}' || (c == '{' && !begins_values(code, begin - 1)))) {
      break;
    }
  }
  std::size_t end = at;
  for (int depth = 0; end < code.size(); ++end) {
    const char c = code[end];
    depth += c == '(' || c == '{' ? 1 : c == ')' || c == '}' ? -1 : 0;
    if (c == ';' && depth <= 0) {
      break;
    }
    // An if or for whose head awaits: its block is another statement.
    if (c == '{' && depth == 1 && code.find_last_not_of(" \n", end - 1) != std::string::npos &&
        code[code.find_last_not_of(" \n", end - 1)] == ')') {
      break;
    }
    if (depth < 0 && c == ')') {
      depth = 0;  // the await stood within parentheses
    }
  }
  return {begin, end};
}

std::string wrong_with(const std::string& statement) {
  static const std::regex braced(R"([A-Za-z_>)\]]\s*\{\s*[^}\s])");
  static const std::regex argument(R"([(,=]\s*\{\s*[^}\s])");
  static const std::regex lambda(
      R"((^|[^A-Za-z0-9_\])\s])\s*\[\s*[&=A-Za-z_][^\]]*\]\s*(\(|\{|mutable))");
  if (std::regex_search(statement, lambda)) {
    return "a capturing lambda";
  }
  if (std::regex_search(statement, braced) || std::regex_search(statement, argument)) {
    return "a braced aggregate";
  }
  // The colon of a qualified name is none of these.
  static const std::regex conditional(R"(\?(?:[^?:]|::)*:(?!:))");
  return std::regex_search(statement, conditional) ? "'?:'" : "";
}

}  // namespace

Findings coroutine_forms(const Tree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    const std::string word = "co_await";
    for (auto at = file.code.find(word); at != std::string::npos;
         at = file.code.find(word, at + word.size())) {
      const Statement statement = statement_around(file.code, at);
      const std::string wrong =
          wrong_with(file.code.substr(statement.begin, statement.end - statement.begin));
      if (!wrong.empty()) {
        const auto line = 1 + std::count(file.code.begin(),
                                         file.code.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        findings.push_back(file.path + ":" + std::to_string(line) + ": " + wrong +
                           " in a statement with co_await; name the value first");
      }
    }
  }
  return findings;
}

}  // namespace claimferry::tidy
