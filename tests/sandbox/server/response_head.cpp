#include "tests/sandbox/server/response_head.hpp"

#include "tests/sandbox/model/answers.hpp"

namespace claimferry::sandbox {

std::string response_head(unsigned status,
                          const std::vector<std::pair<std::string, std::string>>& headers,
                          std::size_t body_bytes, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
  head.append(reason_phrase(status)).append("\r\n");
  for (const auto& [name, value] : headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  head.append("Content-Length: ").append(std::to_string(body_bytes));
  head.append(keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  return head;
}

}  // namespace claimferry::sandbox
