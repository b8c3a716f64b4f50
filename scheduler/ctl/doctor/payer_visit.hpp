// PayerVisit: asks a payer doctor's questions, at most nine requests, none of which costs a member
// anything: no code and no token is sent, and none is made. What the answers mean is
// payer_diagnosis.hpp's business.
#pragma once

#include <vector>

#include "common/base/random.hpp"
#include "common/config/config.hpp"
#include "common/http/client.hpp"
#include "scheduler/ctl/doctor/finding.hpp"

namespace claimferry::ctl {

class PayerVisit {
 public:
  PayerVisit(const Clock& clock, Random& random, http::Client& http)
      : clock_(clock), random_(random), http_(http) {}

  // client_secrets: one, or two while one is being replaced; each is tried. redirect_uri: of
  // claimferry-enroll; empty: the sign-in page is not looked at.
  awaitable<std::vector<Finding>> examine(config::PayerConfig payer,
                                          std::vector<Secret> client_secrets,
                                          std::string redirect_uri);

 private:
  struct Arrived {
    Result<http::Response> answer;
    std::string at;  // where the last redirect led
  };
  awaitable<Result<http::Response>> get(std::string url);
  awaitable<Arrived> follow(std::string url, std::string stop_at);
  awaitable<Result<http::Response>> knock(config::PayerConfig payer, Secret client_secret);

  const Clock& clock_;
  Random& random_;
  http::Client& http_;
};

}  // namespace claimferry::ctl
