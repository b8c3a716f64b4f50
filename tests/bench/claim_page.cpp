#include "tests/bench/claim_page.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/sandbox/fhir/generate.hpp"
#include "tests/sandbox/model/bundle.hpp"

namespace claimferry::bench {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  if (const char* named = std::getenv("CLAIMFERRY_CORPUS")) {
    return named;
  }
  return fs::path(CLAIMFERRY_SOURCE_DIR).parent_path() / "shared" / "data";
}

}  // namespace

ClaimPage generated_page(unsigned eobs) {
  sandbox::GenerateRequest request;
  request.seed = 1;
  request.eobs = eobs;
  request.today = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
  request.base_url = "https://payer.example/fhir/v2/patientaccess";
  const sandbox::GeneratedMember member = sandbox::generate_member(request);
  sandbox::BundleWriter bundle(eobs);
  bundle.link("next", request.base_url + "/ExplanationOfBenefit?patient=1&page=2");
  for (const sandbox::GeneratedResource& eob : member.eobs) {
    bundle.entry(request.base_url + "/ExplanationOfBenefit/" + eob.id, eob.json);
  }
  return {std::move(bundle).finish(), member.patient_id};
}

// All its claims are of one member.
std::optional<ClaimPage> published_page() {
  std::ifstream file(corpus() / "aetna-sandbox-via-flexpa" / "testEOBJSON.json", std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  std::ostringstream text;
  text << file.rdbuf();
  ClaimPage page{text.str(), ""};
  constexpr std::string_view reference = "\"Patient/";
  if (const auto at = page.body.find(reference); at != std::string::npos) {
    const auto begin = at + reference.size();
    page.patient_id = page.body.substr(begin, page.body.find('"', begin) - begin);
  }
  return page;
}

}  // namespace claimferry::bench
