#include "common/oauth/consent.hpp"

#include <gtest/gtest.h>

namespace claimferry::oauth {
namespace {

using namespace std::chrono_literals;
using Classes = std::vector<std::string>;

TEST(Consent, ScopesComeToDataClasses) {
  const Classes all{"Patient", "Coverage", "ExplanationOfBenefit"};
  struct Row {
    const char* scopes;
    Classes classes;
  };
  const Row rows[] = {
      {"launch/patient patient/*.read", all},
      {"patient/*.*", all},
      {"patient/*.rs", all},
      {"patient/*.cruds openid", all},
      {"patient/ExplanationOfBenefit.read  patient/Patient.rs",
       {"Patient", "ExplanationOfBenefit"}},
      {"patient/Coverage.read", {"Coverage"}},
      {"", {}},
      {"launch/patient", {}},
      {"user/*.read system/*.read", {}},
      {"patient/*.write", {}},
      {"patient/*.r", {}},  // cannot search
      {"patient/*.s", {}},
      {"patient/*.readonly", {}},
      {"patient/*", {}},
      {"patient/ExplanationOfBenefit.rs?service-date=ge2024-01-01", {}},  // a part of the claims
      {"patient/ExplanationOfBenefits.read", {}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(data_classes_of(row.scopes), row.classes) << row.scopes;
  }
}

TEST(Consent, NamesWhatIsMissing) {
  EXPECT_EQ(missing_classes({"Patient", "Coverage", "ExplanationOfBenefit"}), Classes{});
  EXPECT_EQ(missing_classes({"Coverage"}), (Classes{"Patient", "ExplanationOfBenefit"}));
}

TEST(Consent, BeganWhenThePayerSaysUnlessThatCannotBe) {
  const WallTime now{std::chrono::hours(24 * 20'000)};
  EXPECT_EQ(consent_began(now - 40s, now), now - 40s);
  EXPECT_EQ(consent_began(std::nullopt, now), now);
  EXPECT_EQ(consent_began(now + 1s, now), now);  // its clock goes ahead of ours
  EXPECT_EQ(consent_began(now - 25h, now), now);
}

}  // namespace
}  // namespace claimferry::oauth
