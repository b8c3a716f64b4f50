#include "scheduler/ctl/doctor/payer_diagnosis.hpp"

#include <gmock/gmock.h>

namespace claimferry::ctl {
namespace {

using testing::HasSubstr;

constexpr const char* invalid_client = R"({"error":"invalid_client"})";
constexpr const char* invalid_request = R"({"error":"invalid_request"})";

Answered answer(unsigned status, std::string_view body) {
  http::Response response;
  response.status = status;
  response.body = http::Body(body);
  return response;
}

template <class... Answers>
Finding found(Answers... answered) {
  const Answered answers[] = {std::move(answered)...};
  return of_token_endpoint(answers, config::PayerConfig(*PayerName::parse("aetna")));
}

TEST(PayerDiagnosis, TellsAClientThatIsTakenFromOneThatIsRefused) {
  const Finding taken = found(answer(400, invalid_request));
  EXPECT_EQ(taken.health, Health::good);
  EXPECT_EQ(taken.what, "it knows our client");
  for (const unsigned status : {400U, 401U}) {
    const Finding refused = found(answer(status, invalid_client));
    EXPECT_EQ(refused.health, Health::bad) << status;
    EXPECT_THAT(refused.what, HasSubstr("it refuses our client (" + std::to_string(status) + ")"));
  }
}

// RFC 6749 section 5.2 lets a payer say so with either status.
TEST(PayerDiagnosis, SaysWhichOfTwoSecretsIsTaken) {
  for (const unsigned status : {400U, 401U}) {
    const Finding by_second = found(answer(status, invalid_client), answer(400, invalid_request));
    EXPECT_EQ(by_second.health, Health::doubtful) << status;
    EXPECT_EQ(by_second.what,
              "it knows our client by the second of two client secrets; of the other: it is "
              "refused (" +
                  std::to_string(status) + ")");
    const Finding by_none = found(answer(status, invalid_client), answer(status, invalid_client));
    EXPECT_EQ(by_none.health, Health::bad) << status;
    EXPECT_THAT(by_none.what, HasSubstr("by either client secret"));
  }
  const Finding by_both = found(answer(400, invalid_request), answer(400, invalid_request));
  EXPECT_EQ(by_both.what, "it knows our client by both client secrets");
}

}  // namespace
}  // namespace claimferry::ctl
