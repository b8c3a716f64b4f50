// The payer in a box: given a request and the time, what it answers and what the network does to
// the answer. Seeded and pure: no socket, no clock, no thread. The socket server and the simulated
// world both drive it, one handle() and one finished() a request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/model/connect/authorize_endpoint.hpp"
#include "tests/sandbox/model/connect/authorize_requests.hpp"
#include "tests/sandbox/model/connect/codes.hpp"
#include "tests/sandbox/model/connect/registered_app.hpp"
#include "tests/sandbox/model/connect/sign_in.hpp"
#include "tests/sandbox/model/dice.hpp"
#include "tests/sandbox/model/grants.hpp"
#include "tests/sandbox/model/members.hpp"
#include "tests/sandbox/model/payer_limits.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/resource_endpoints.hpp"
#include "tests/sandbox/model/secrets_in_place.hpp"
#include "tests/sandbox/model/settings.hpp"
#include "tests/sandbox/model/site.hpp"
#include "tests/sandbox/model/token_endpoint.hpp"
#include "tests/sandbox/model/violations.hpp"

namespace claimferry::sandbox {

struct ModelOptions {
  std::uint64_t seed = 1;
  AppRegistration client;
  Site site;
  std::size_t cache_bytes_max = std::size_t{256} << 20;
  // The day that claims are dated back from; nothing: the day of enrolment. With it, a seed makes
  // the same bytes on any day.
  std::optional<std::chrono::sys_days> today;
};

// The claims of a member to be.
struct MemberSpec {
  std::uint64_t seed = 1;
  unsigned eobs = 30;
  unsigned lines_per_eob_max = 8;
  unsigned padding_bytes = 0;
};

struct EnrolledMember {
  std::string member;
  std::string patient;
  std::string refresh_token;
};

class Model {
 public:
  explicit Model(ModelOptions options);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  Answer handle(const PayerRequest& request);
  // Once for each handle(): the answer was written, or as much of it as its transport allows.
  // complete: false when the client was gone before that.
  void finished(const Answer& answer, std::uint64_t bytes_sent, WallTime written,
                bool complete = true);
  // A token was seen where no token belongs.
  void token_elsewhere() { ++conduct_.counts().tokens_elsewhere; }

  EnrolledMember enrol(const MemberSpec& spec, WallTime now);
  std::string ledger_line(std::size_t member);
  // Members, tokens, counts and settings go, and the seed's sequences begin again.
  void reset(WallTime now);

  Modes& modes() noexcept { return modes_; }
  Faults& faults() noexcept { return faults_; }
  PayerLimits& limit() noexcept { return limit_; }
  MemberBook& members() noexcept { return members_; }
  Grants& grants() noexcept { return grants_; }
  const Violations& violations() const noexcept { return conduct_.counts(); }

 private:
  struct Routed {
    Endpoint endpoint = Endpoint::other;
    std::string relative_path;  // of resources: what follows the resource base
    Place place = Place::anonymous;
  };

  Routed route(std::string_view path) const;
  Answer decide(const PayerRequest& request, const Target& target, const Routed& routed);
  Routed route_resource(std::string_view relative_path) const;
  Answer serve_token(const PayerRequest& request);
  Answer serve_resource(const PayerRequest& request, const Target& target, const Routed& routed);
  std::optional<Answer> refuse_by_chance(WallTime now) const;
  Answer too_many_requests(RetryAfter form, Duration wait, WallTime now) const;
  Answer server_error();
  void add_rate_headers(Answer& answer, const std::vector<PayerLimits::Told>& told);
  void name_transaction(Answer& answer);
  void tell_time(Answer& answer, WallTime now) const;

  Site site_;
  Modes modes_;
  Faults faults_;
  PayerLimits limit_;
  Dice dice_;
  MemberBook members_;
  Grants grants_;
  Conduct conduct_;
  RegisteredApp app_;
  AuthorizeRequests authorize_requests_;
  Codes codes_;
  AuthorizeEndpoint authorize_endpoint_;
  SignIn sign_in_;
  TokenEndpoint token_endpoint_;
  ResourceEndpoints resources_;
  std::optional<std::chrono::sys_days> today_;
  std::uint64_t transactions_ = 0;
  bool prod_links_issued_ = false;
  std::array<std::uint64_t, 3> edge_requests_{};  // by edge node, since the last reset
};

}  // namespace claimferry::sandbox
