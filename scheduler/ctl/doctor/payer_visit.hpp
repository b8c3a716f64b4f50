// PayerVisit: asks a payer doctor's questions, at most ten requests, none of which costs a member
// anything: no code and no token is sent, and none is made. What the answers mean is
// payer_diagnosis.hpp's business.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "common/config/config.hpp"
#include "common/http/client.hpp"
#include "scheduler/ctl/doctor/finding.hpp"

namespace claimferry::ctl {

class PayerVisit {
 public:
  // ca_files: trust anchors by origin, as http has them.
  using Anchors = std::map<std::string, std::string>;
  PayerVisit(const Clock& clock, Random& random, http::Client& http, Anchors ca_files)
      : clock_(clock), random_(random), http_(http), ca_files_(std::move(ca_files)) {}

  // client_secrets: one, or two while one is being replaced; each is tried. A failure: there is
  // none, and all else is looked at. redirect_uri: of claimferry-enroll; empty: the sign-in page is
  // not looked at, and that is said.
  awaitable<std::vector<Finding>> examine(config::PayerConfig payer,
                                          Result<std::vector<Secret>> client_secrets,
                                          std::string redirect_uri);

 private:
  struct Arrived {
    Result<http::Response> answer;
    std::string at;  // where the last redirect led
  };
  // Who is away is asked once: what concerns a whole origin is its next answer, too, and where one
  // question was left without an answer the next ones are not waited for as long.
  awaitable<Result<http::Response>> send(http::Request request);
  awaitable<Result<http::Response>> get(std::string url);
  awaitable<Arrived> follow(std::string url, std::string stop_at);
  awaitable<Result<http::Response>> knock(config::PayerConfig payer, Secret client_secret);
  awaitable<Finding> look_at_login_page(config::PayerConfig payer, std::string authorize_url,
                                        std::string redirect_uri);

  const Clock& clock_;
  Random& random_;
  http::Client& http_;
  const Anchors ca_files_;
  std::map<std::string, Failure> away_;  // by origin
  std::set<std::string> silent_;         // origins
};

}  // namespace claimferry::ctl
