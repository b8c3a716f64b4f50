// Pages: what a browser is shown at the end of an enrolment, or where it is sent. Small, without
// scripts, and with headers that let nobody frame it, sniff it or learn the address with the code.
#pragma once

#include <string>

#include "common/http/server.hpp"
#include "scheduler/enroll/outcome.hpp"

namespace claimferry::enroll {

class Pages {
 public:
  // organisation: who invited the member. is_https: browsers shall come by TLS alone.
  Pages(std::string organisation, bool is_https);

  http::Page show(const Outcome& outcome) const;
  // 303, so that the code's address leaves the browser's history of requests.
  http::Page send_back(const std::string& return_to, const Outcome& outcome) const;

 private:
  std::vector<std::pair<std::string, std::string>> headers() const;

  std::string organisation_;
  bool is_https_;
};

std::string html_escaped(std::string_view text);

}  // namespace claimferry::enroll
