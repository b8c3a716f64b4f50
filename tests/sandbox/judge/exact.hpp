// Exact: decimals of any length, for the judge alone.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace claimferry::sandbox {

// A sum of decimals, kept by power of ten; exact at any size.
class ExactSum {
 public:
  // "12.50", "-0.1", "1e2". False, and nothing is added, when it is no decimal, or one of more
  // digits than any amount has.
  bool add(std::string_view number);
  // Without trailing zeros behind the second decimal: "12.50", "158.3825000000001".
  std::string str() const;

 private:
  std::map<int, long long> digits_;  // power of ten → sum of digits
};

// Whether two texts are the same number; empty equals only empty, and what is no number equals
// nothing.
bool same_amount(std::string_view a, std::string_view b);

}  // namespace claimferry::sandbox
