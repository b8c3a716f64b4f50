// ReturnPolicy: where a browser may be sent when its enrolment is over. A redirect to wherever a
// request says would make this server a tool for phishing. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::enroll {

class ReturnPolicy {
 public:
  // Each entry is an origin ("https://app.example.com", any page of it), a URL up to a '/' (what
  // lies below it), or a whole URL. Nothing: it is none, or plain http beyond loopback.
  static std::optional<std::string> problem_of(std::string_view entry);
  explicit ReturnPolicy(const std::vector<std::string>& entries);

  bool allows(std::string_view url) const;

 private:
  struct Place {
    std::string origin;
    std::string path;  // empty: any; with a '/' behind it: what begins so
  };
  std::vector<Place> places_;
};

// The URL with these added to its query.
std::string with_outcome(std::string_view return_to, std::string_view outcome,
                         std::string_view reason);

}  // namespace claimferry::enroll
