#include "worker/payer.hpp"

#include <gtest/gtest.h>

namespace claimferry::worker {
namespace {

using Texts = std::vector<std::string>;

config::PayerConfig profile(std::string resource_base) {
  config::PayerConfig config(*PayerName::parse("aetna"));
  config.resource_base = std::move(resource_base);
  return config;
}

TEST(Payer, FollowsLinksWithinItsOwnOriginAndPath) {
  const Payer payer(profile("https://payer.test/fhir/v2/patientaccess"), Secret("s"));
  EXPECT_EQ(payer.links.allowed_origins, Texts{"https://payer.test"});
  EXPECT_EQ(payer.links.allowed_path_prefixes, Texts{"/fhir/v2/patientaccess/"});
  EXPECT_TRUE(payer.links.path_rewrites.empty());
  const auto resolve = [&](std::string_view link) {
    return fhir::resolve_next("https://payer.test/fhir/v2/patientaccess/Coverage", link,
                              payer.links);
  };
  EXPECT_TRUE(resolve("https://payer.test/fhir/v2/patientaccess/Coverage?page=2").ok());
  EXPECT_FALSE(resolve("https://payer.test/fhir/v2/patientaccess2/Coverage?page=2").ok());
  EXPECT_FALSE(resolve("https://payer.test/admin").ok());
  EXPECT_FALSE(resolve("https://payer.test:444/fhir/v2/patientaccess/Coverage?page=2").ok());
  EXPECT_FALSE(resolve("https://other.test/fhir/v2/patientaccess/Coverage?page=2").ok());
  EXPECT_FALSE(resolve("http://payer.test/fhir/v2/patientaccess/Coverage?page=2").ok());
}

TEST(Payer, KeepsThePortOfItsOrigin) {
  const Payer payer(profile("http://127.0.0.1:8080/fhir"), Secret("s"));
  EXPECT_EQ(payer.links.allowed_origins, Texts{"http://127.0.0.1:8080"});
  EXPECT_EQ(payer.links.allowed_path_prefixes, Texts{"/fhir/"});
}

TEST(Payer, FollowsLinksToTheHostsAndPathsThatTheProfileAllows) {
  auto config = profile("https://payer.test/fhir");
  config.allow_hosts = {"cdn.payer.test", "pages.payer.test:8443"};
  config.allow_path_prefixes = {"/fhir/", "/pages/"};
  config.next_rewrite = {{"/internal/", "/fhir/"}};
  const Payer payer(config, Secret("s"));
  EXPECT_EQ(payer.links.allowed_origins, (Texts{"https://payer.test", "https://cdn.payer.test",
                                                "https://pages.payer.test:8443"}));
  EXPECT_EQ(payer.links.allowed_path_prefixes, (Texts{"/fhir/", "/pages/"}));
  EXPECT_EQ(payer.links.path_rewrites, config.next_rewrite);
}

TEST(Payer, AsksForCoverageByTheConfiguredParameterAndKnowsTheOther) {
  auto config = profile("https://payer.test/fhir");
  const Payer by_patient(config, Secret("s"));
  EXPECT_EQ(by_patient.search.coverage_param, fhir::CoverageParam::patient);
  EXPECT_EQ(by_patient.with_other_coverage_param().coverage_param,
            fhir::CoverageParam::beneficiary);
  config.coverage_param = "beneficiary";
  const Payer by_beneficiary(config, Secret("s"));
  EXPECT_EQ(by_beneficiary.search.coverage_param, fhir::CoverageParam::beneficiary);
  EXPECT_EQ(by_beneficiary.with_other_coverage_param().coverage_param,
            fhir::CoverageParam::patient);
  EXPECT_EQ(by_beneficiary.with_other_coverage_param().resource_base, "https://payer.test/fhir");
}

TEST(Payer, ParsesItsPagesForTheMembersPatientAndByItsProfile) {
  auto config = profile("https://payer.test/fhir");
  config.volatile_pointers = {"/meta/lastUpdated", "/text"};
  const Payer payer(config, Secret("s"));
  const auto request = payer.parse_request(queue::Resource::coverage, "p1");
  EXPECT_EQ(request.resource, queue::Resource::coverage);
  EXPECT_EQ(request.patient_id, "p1");
  EXPECT_EQ(request.volatile_pointers, config.volatile_pointers);
}

TEST(Payer, SaysWhatItsProfileKnowsOfTheRate) {
  auto config = profile("https://payer.test/fhir");
  config.quota_rate = 200;
  config.quota_burst = 20;
  config.quota_floor = 5;
  config.quota_ceiling = 400;
  config.quota_backfill_share = 0.3;
  const quota::Profile quota = Payer(config, Secret("s")).quota_profile();
  EXPECT_EQ(quota.rate, 200);
  EXPECT_EQ(quota.burst, 20);
  EXPECT_EQ(quota.floor, 5);
  EXPECT_EQ(quota.ceiling, 400);
  EXPECT_EQ(quota.backfill_share, 0.3);
}

TEST(Payers, AreFoundByNameAndToldWithTheirCaps) {
  Payers payers;
  auto config = profile("https://payer.test/fhir");
  config.jobs_running_max = 7;
  payers.add(std::make_unique<Payer>(config, Secret("s")));
  config.name = *PayerName::parse("other");
  config.jobs_running_max = 3;
  payers.add(std::make_unique<Payer>(config, Secret("s")));
  EXPECT_EQ(payers.find(*PayerName::parse("other"))->config.jobs_running_max, 3U);
  EXPECT_EQ(payers.find(*PayerName::parse("nobody")), nullptr);
  const auto caps = payers.caps();
  ASSERT_EQ(caps.size(), 2U);
  EXPECT_EQ(caps[0].payer.str(), "aetna");
  EXPECT_EQ(caps[0].jobs_running_max, 7U);
  EXPECT_EQ(caps[1].jobs_running_max, 3U);
}

}  // namespace
}  // namespace claimferry::worker
