#include "tests/tidy/rules.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

namespace claimferry::tidy {
namespace {

constexpr std::size_t source_lines_max = 400;
constexpr std::size_t test_lines_max = 600;
constexpr std::size_t cpp_columns_max = 100;
constexpr std::size_t other_columns_max = 120;
constexpr std::size_t handful = 5;

std::string place(const SourceFile& file, std::size_t index) {
  return file.path + ":" + std::to_string(index + 1) + ": ";
}

// Characters, not bytes: continuation bytes of UTF-8 take no column.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Reports each line of a file that matches.
template <class Applies>
Findings matching(const Tree& tree, Applies applies, const std::string& pattern,
                  const std::string& what) {
  const std::regex expression(pattern);
  Findings findings;
  for (const SourceFile& file : tree) {
    for (std::size_t at = 0; applies(file) && at < file.lines.size(); ++at) {
      if (std::regex_search(file.lines[at], expression)) {
        findings.push_back(place(file, at) + what);
      }
    }
  }
  return findings;
}

// The rules themselves, and their test, name what they forbid.
bool is_tidy(const SourceFile& file) {
  return file.in("tests/tidy/");
}

const SourceFile* find(const Tree& tree, const std::string& path) {
  const auto found = std::ranges::find(tree, path, &SourceFile::path);
  return found == tree.end() ? nullptr : &*found;
}

}  // namespace

Findings sizes(const Tree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    const std::size_t lines_max = file.in("tests/") ? test_lines_max : source_lines_max;
    if (file.is_cpp() && file.lines.size() > lines_max) {
      findings.push_back(file.path + ":1: has " + std::to_string(file.lines.size()) +
                         " lines; a file holds one type or one algorithm: split it");
    }
    const std::size_t columns_max = file.is_cpp() ? cpp_columns_max : other_columns_max;
    const bool is_table = file.path.ends_with(".md") || file.path.ends_with(".sh");
    for (std::size_t at = 0; at < file.lines.size(); ++at) {
      const std::string& line = file.lines[at];
      const bool cannot_break = is_table && (line.starts_with("|") || line.starts_with("  "));
      const bool is_text = file.is_cpp() && line.find("R\"") != std::string::npos;
      if (columns(line) > columns_max && !cannot_break && !is_text) {
        findings.push_back(place(file, at) + "is longer than " + std::to_string(columns_max) +
                           " columns");
      }
    }
  }
  return findings;
}

Findings no_sleeping(const Tree& tree) {
  // A Sleeper's sleep() is awaited, and never the process's.
  Findings findings = matching(
      tree, [](const SourceFile& file) { return file.is_cpp() && !is_tidy(file); },
      R"(sleep_for|sleep_until|this_thread::sleep|\busleep\(|\bnanosleep\(|)"
      R"((^|[;{}(=]|[^\w]::)\s*sleep\()",
      "sleeps; wait on an event, and poll only in eventually()");
  const Findings in_scripts = matching(
      tree, [](const SourceFile& file) { return file.path.ends_with(".sh"); },
      R"(^([^#]*[^\w#-])?sleep\s+[\d.$"]+(?!.*# polls))",
      "sleeps; wait on an event, or say what it polls: # polls …");
  findings.insert(findings.end(), in_scripts.begin(), in_scripts.end());
  return findings;
}

Findings metric_names(const Tree& tree) {
  constexpr auto home = "common/telemetry/metric_names.hpp";
  Findings findings = matching(
      tree,
      [&](const SourceFile& file) {
        return file.is_cpp() && file.path != home && !file.in("tests/");
      },
      R"("claimferry_[a-z_]+(_total|_seconds|_jobs|_members|_in_flight|_info)\")",
      "names a metric; metric_names.hpp does that, once");
  const SourceFile* names = find(tree, home);
  if (names == nullptr) {
    return findings;
  }
  const std::regex constant(R"(constexpr auto (\w+) =)");
  for (std::size_t at = 0; at < names->lines.size(); ++at) {
    std::smatch match;
    if (!std::regex_search(names->lines[at], match, constant)) {
      continue;
    }
    const std::string use = "metric::" + match[1].str();
    if (std::ranges::none_of(tree, [&](const SourceFile& file) {
          return file.is_cpp() && !file.in("tests/") && file.code.find(use) != std::string::npos;
        })) {
      findings.push_back(place(*names, at) + "is used by nobody; drop it or count it");
    }
  }
  return findings;
}

Findings mirrored_tests(const Tree& tree) {
  constexpr std::string_view prefix = "tests/unit/";
  constexpr std::string_view ending = "_test.cpp";
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.in(prefix) || !file.path.ends_with(ending)) {
      continue;
    }
    std::string source = file.path.substr(prefix.size());
    source.resize(source.size() - ending.size());
    const bool of_sandbox = source.starts_with("sandbox/");
    const std::string name = source.substr(source.rfind('/') + 1);
    const bool exists = std::ranges::any_of(tree, [&](const SourceFile& other) {
      return of_sandbox ? other.in("tests/sandbox/") : other.path.starts_with(source + ".");
    });
    // Tests of a page or of TLS as a whole are named by what they show.
    if (!exists && !name.starts_with("corpus") && name != "tls") {
      findings.push_back(file.path + ":1: tests no source of that name; tests mirror the sources");
    }
  }
  return findings;
}

// Where this checkout stands: the folder that it shares with others, unless every system has that.
std::string place_of_checkout() {
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  const std::filesystem::path checkout(source == nullptr ? "" : source);
  const auto beside = checkout.parent_path();
  const auto place = beside == "/" || beside == "/tmp" ? checkout : beside;
  return std::regex_replace(place.string(), std::regex(R"([^\w/])"), R"(\$&)") + "/";
}

Findings private_words(const Tree& tree) {
  return matching(
      tree, [](const SourceFile& file) { return !is_tidy(file); },
      place_of_checkout() + R"(|/tmp/build|/root/|/home/\w|\bissue #?\d|\bsitting\b)",
      "speaks of something outside the project; the tree speaks of itself alone");
}

Findings readmes(const Tree& tree) {
  std::map<std::string, std::set<std::string>> units;  // by folder; a header and its source are one
  for (const SourceFile& file : tree) {
    const auto slash = file.path.rfind('/');
    // A mirror of the sources needs no guide of its own.
    if (slash != std::string::npos && !file.in("tests/unit/") && file.is_cpp()) {
      const auto dot = file.path.rfind('.');
      units[file.path.substr(0, slash)].insert(file.path.substr(slash + 1, dot - slash - 1));
    }
  }
  Findings findings;
  for (const auto& [folder, names] : units) {
    const std::string above = folder.substr(0, folder.rfind('/'));
    const bool explained =
        find(tree, folder + "/README.md") != nullptr || find(tree, above + "/README.md") != nullptr;
    if (names.size() > handful && !explained) {
      findings.push_back(folder +
                         "/README.md:1: is missing; say what is here, where to start, "
                         "and what must never be");
    }
  }
  return findings;
}

Findings names(const Tree& tree) {
  Findings findings;
  const std::regex snake_case(R"(([a-z0-9_]+)\.(cpp|hpp|lua|sql))");
  for (const SourceFile& file : tree) {
    const std::string name = file.path.substr(file.path.rfind('/') + 1);
    const bool is_source = file.is_cpp() || name.ends_with(".lua") || name.ends_with(".sql");
    if (is_source && !std::regex_match(name, snake_case)) {
      findings.push_back(file.path + ":1: is not snake_case");
    }
    if (!file.text.empty() && !file.text.ends_with('\n')) {
      findings.push_back(file.path + ":1: does not end with a line break");
    }
    for (std::size_t at = 0; at < file.lines.size(); ++at) {
      if (file.lines[at].find('\t') != std::string::npos || file.lines[at].ends_with(' ')) {
        findings.push_back(place(file, at) + "holds a tab or ends in a space");
      }
    }
  }
  return findings;
}

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all{{"layers", layers},
                                     {"sizes", sizes},
                                     {"coroutine_forms", coroutine_forms},
                                     {"coroutine_parameters", coroutine_parameters},
                                     {"detached_coroutines", detached_coroutines},
                                     {"no_sleeping", no_sleeping},
                                     {"metric_names", metric_names},
                                     {"mirrored_tests", mirrored_tests},
                                     {"untested_sources", untested_sources},
                                     {"private_words", private_words},
                                     {"readmes", readmes},
                                     {"names", names}};
  return all;
}

}  // namespace claimferry::tidy
