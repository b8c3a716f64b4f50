#include "scheduler/enroll/settings.hpp"

#include "common/http/listen_address.hpp"
#include "common/http/url.hpp"
#include "scheduler/enroll/api_keys.hpp"
#include "scheduler/enroll/return_policy.hpp"

namespace claimferry::enroll {
namespace {

class Checker {
 public:
  explicit Checker(config::EnrollConfig& enroll) : enroll_(enroll) {}

  std::vector<config::Problem> run() {
    if (!http::ListenAddress::parse(enroll_.listen)) {
      report("listen",
             "must be a numeric address and a port, such as 0.0.0.0:8080; port 0 picks a free one");
    }
    check_public_url();
    for (const std::string& entry : enroll_.return_to_allow) {
      if (const auto problem = ReturnPolicy::problem_of(entry)) {
        report("return_to_allow", *problem);
      }
    }
    if (enroll_.api_key_file.empty()) {
      report("api_key_file", "is missing; name a file of `name:key` lines, mode 600");
    } else if (const auto keys = ApiKeys::load(enroll_.api_key_file); !keys) {
      report("api_key_file", keys.failure().detail);
    }
    if (enroll_.organisation.empty()) {
      report("organisation", "is missing; name who invites members: their consent records it");
    }
    if (enroll_.policy_version.empty()) {
      report("policy_version",
             "is missing; name the version of your privacy policy that members consent under");
    }
    return std::move(problems_);
  }

 private:
  void report(const std::string& key, std::string what) {
    problems_.push_back({"", "enroll." + key, std::move(what)});
  }

  void check_public_url() {
    while (enroll_.public_url.ends_with('/')) {
      enroll_.public_url.pop_back();
    }
    const auto url = http::Url::parse(enroll_.public_url);
    if (!url || enroll_.public_url.find('?') != std::string::npos) {
      report("public_url",
             "must be how browsers reach this server, such as https://enroll.example.com");
    } else if (!url->tls && !url->is_loopback()) {
      report("public_url", "must begin with https://; plain http is for loopback addresses only");
    }
    const auto listens = http::ListenAddress::parse(enroll_.listen);
    const bool is_local =
        listens && (listens->address.starts_with("127.") || listens->address == "::1");
    if (url && !url->is_loopback() && is_local && !enroll_.behind_proxy) {
      report("behind_proxy",
             "must be true where a proxy on this host passes requests on: all browsers would count "
             "as one address");
    }
    const std::string& path = enroll_.callback_path;
    if (!path.starts_with('/') || path.find_first_of("?# %") != std::string::npos) {
      report("callback_path", "must be a path such as /api/auth/smart/callback");
    }
  }

  config::EnrollConfig& enroll_;
  std::vector<config::Problem> problems_;
};

}  // namespace

std::vector<config::Problem> complete_and_check(config::Config& config) {
  return Checker(config.enroll).run();
}

std::string redirect_uri(const config::EnrollConfig& config) {
  return config.public_url + config.callback_path;
}

}  // namespace claimferry::enroll
