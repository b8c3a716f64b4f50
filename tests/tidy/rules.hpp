// What holds for the whole tree beyond what a compiler checks. Each rule answers its findings, a
// line each: "path:line: what is wrong; how to fix it".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source_tree.hpp"

namespace claimferry::tidy {

using Tree = std::vector<SourceFile>;
using Findings = std::vector<std::string>;

Findings layers(const Tree& tree);                // who may include whom
Findings sizes(const Tree& tree);                 // of files and lines
Findings coroutine_forms(const Tree& tree);       // what some compilers turn into double frees
Findings coroutine_parameters(const Tree& tree);  // references that may be gone
Findings detached_coroutines(const Tree& tree);   // whose end nobody hears of
Findings no_sleeping(const Tree& tree);           // wait on an event; a script that polls says so
Findings metric_names(const Tree& tree);          // each once, each used
Findings mirrored_tests(const Tree& tree);        // a unit test stands where its source stands
Findings untested_sources(const Tree& tree);  // a source has its unit test, or says what covers it
Findings private_words(const Tree& tree);     // machine paths and the like
Findings readmes(const Tree& tree);           // of folders with more than a handful of files
Findings names(const Tree& tree);             // files in snake_case, ends of lines, no tabs

struct Rule {
  std::string_view name;
  Findings (*check)(const Tree& tree);
};
const std::vector<Rule>& rules();

}  // namespace claimferry::tidy
