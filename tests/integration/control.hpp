// The sandbox's control port and the programs' admin ports, asked over a plain blocking socket.
#pragma once

#include <string>

namespace claimferry::integration {

struct Answer {
  int status;
  std::string body;
  std::string head;  // status line and headers
};
// Throws std::runtime_error when nothing answers. headers: whole lines, each with its "\r\n"; a
// Content-Type among them instead of JSON's.
Answer ask(const std::string& method, const std::string& url, const std::string& body = "",
           const std::string& headers = "");
// The value of a header; empty: there is none.
std::string header_in(const Answer& answer, const std::string& name);
// Answers the body; throws std::runtime_error for anything but a 2xx.
std::string http(const std::string& method, const std::string& url, const std::string& body = "");
// The value of a top-level (or the first) numeric member of that name in a JSON text.
long number_in(const std::string& json, const std::string& name);
std::string text_in(const std::string& json, const std::string& name);

}  // namespace claimferry::integration
