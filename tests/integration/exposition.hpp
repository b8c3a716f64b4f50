// Exposition: a page of /metrics, read as Prometheus reads it, to be held to what was promised of
// names and labels.
#pragma once

#include <map>
#include <set>
#include <string>

namespace claimferry::integration {

struct Exposition {
  std::size_t series = 0;
  std::map<std::string, std::string> types;             // counter, gauge, histogram, by family
  std::set<std::string> without_help;                   // families
  std::map<std::string, std::set<std::string>> labels;  // every value of each
  std::map<std::string, double> values;                 // by the series as it is written

  // Throws std::runtime_error with a line that is none of the text format.
  static Exposition parse(const std::string& text);
};

}  // namespace claimferry::integration
