#include "common/oauth/adapter/trusted_places.hpp"

#include <gmock/gmock.h>

namespace claimferry::oauth {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(TrustedPlaces, AreThoseThatTheProfileNames) {
  config::PayerConfig payer(*PayerName::parse("aetna"));
  payer.auth_root = "https://apif1.aetna.com/fhir";
  payer.resource_base = "https://api.aetna.com:8443/fhir/v2/patientaccess";
  payer.token_url = "https://tokens.aetna.com/fhir/token";
  payer.allow_hosts = {"apix.cvshealth.com"};
  payer.allow_path_prefixes = {"/other/"};
  const TrustedPlaces places = trusted_places(payer);
  EXPECT_THAT(places.origins,
              UnorderedElementsAre("https://apif1.aetna.com", "https://api.aetna.com:8443",
                                   "https://tokens.aetna.com", "https://apix.cvshealth.com"));
  EXPECT_THAT(places.path_prefixes, ElementsAre("/other/", "/fhir/"));
}

TEST(TrustedPlaces, OneHostHasManyNotations) {
  config::PayerConfig payer(*PayerName::parse("p"));
  payer.auth_root = "https://Payer.test:443/fhir";
  payer.allow_hosts = {"Other.test:443", "third.test:444"};
  EXPECT_THAT(
      trusted_places(payer).origins,
      UnorderedElementsAre("https://payer.test", "https://other.test", "https://third.test:444"));
}

TEST(TrustedPlaces, OfARootWithoutAPathAreAllPaths) {
  config::PayerConfig payer(*PayerName::parse("p"));
  payer.auth_root = "https://payer.test";
  EXPECT_THAT(trusted_places(payer).path_prefixes, ElementsAre("/"));
}

}  // namespace
}  // namespace claimferry::oauth
