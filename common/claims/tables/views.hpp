// The views that analysts begin with, over the <table>_current views of a sink:
//   claim_net       claims that count: neither cancelled nor replaced by another that is here
//   medical_claim   their lines, and pharmacy_claim: with the columns of Tuva's input layer
//   eligibility     coverages with the person, with the same layer's columns
// Amounts are the exact ones of the tables. Source: the Tuva Project's input layer, claims data.
#pragma once

#include <string>
#include <vector>

namespace claimferry::claims {

// Where databases differ.
struct ViewDialect {
  // An exact amount of a row, under another name: "l.paid", "paid_amount". May be several columns.
  std::string (*amount)(const std::string& column, const std::string& name);
  // The day of the moment when a version was stored.
  std::string (*day_of)(const std::string& moment);
  // A flag as 1, 0 or NULL.
  std::string (*flag)(const std::string& condition);
};

// One statement each; and what they are called.
std::vector<std::string> create_views(const ViewDialect& dialect);
const std::vector<std::string>& view_names();

}  // namespace claimferry::claims
