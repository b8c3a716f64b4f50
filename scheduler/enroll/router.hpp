// Router: which request is what: the API of the user's own servers, by key, and the callback that
// browsers bring. Reads and checks what was sent; what it leads to is the others' business.
#pragma once

#include "common/http/server.hpp"
#include "common/queue/adapter/member_directory.hpp"
#include "common/queue/adapter/member_erasure.hpp"
#include "scheduler/enroll/address_limits.hpp"
#include "scheduler/enroll/api_keys.hpp"
#include "scheduler/enroll/enroller.hpp"
#include "scheduler/enroll/pages.hpp"
#include "scheduler/enroll/return_policy.hpp"

namespace claimferry::enroll {

class Router {
 public:
  struct Ports {
    const Clock& clock;
    Enroller& enroller;
    queue::MemberDirectory& members;
    queue::MemberErasure& erasure;
    const ApiKeys& keys;
    telemetry::Observer& observer;
  };
  Router(Ports ports, const config::EnrollConfig& config);

  awaitable<http::Page> answer(http::ServerRequest request);

 private:
  std::string address_of(const http::ServerRequest& request) const;
  http::Page too_many(const std::string& path, Duration wait);
  awaitable<http::Page> answer_api(http::ServerRequest request, std::string caller);
  awaitable<http::Page> begin(http::ServerRequest request, std::string caller);
  awaitable<http::Page> show_member(MemberId member);
  awaitable<http::Page> remove_member(MemberId member, std::string caller);
  awaitable<http::Page> finish(http::ServerRequest request);

  Ports ports_;
  const config::EnrollConfig& config_;
  ReturnPolicy return_policy_;
  Pages pages_;
  AddressLimits limits_;
};

}  // namespace claimferry::enroll
