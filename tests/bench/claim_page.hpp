// Pages of claims to measure on: generated like the sandbox's, and the payer's own published page
// where the corpus is present.
#pragma once

#include <optional>
#include <string>

namespace claimferry::bench {

struct ClaimPage {
  std::string body;
  std::string patient_id;  // whose claims they are
};

// `eobs` claims of all five types of one generated member, about 7 kB each.
ClaimPage generated_page(unsigned eobs);

// The corpus' page of the payer's sandbox; nothing where there is no corpus.
std::optional<ClaimPage> published_page();

}  // namespace claimferry::bench
