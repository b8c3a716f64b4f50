// One request to the payer and its answer as plain values: the same for the socket server, the
// simulated world and the tests. Time is passed in; what the network does to the answer is data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"

namespace claimferry::sandbox {

struct PayerRequest {
  std::string method = "GET";
  std::string target;         // path and query, as sent
  std::string authorization;  // the whole header value; empty: none
  std::string content_type;
  std::string body;
  std::string address;        // the peer's, without its port; empty: there is no network
  WallTime at{};              // arrival
  bool foreign_host = false;  // arrived at the host that foreign next links name
};

enum class Endpoint : std::uint8_t {
  discovery,
  metadata,
  authorize,
  login,  // and consent: pages that a member's browser asks for, as it does for authorize
  token,
  patient,
  coverage,
  eob,
  other
};
inline constexpr std::size_t endpoint_count = 9;
std::string_view to_string(Endpoint endpoint) noexcept;

// What the network does to an answer.
struct Transport {
  enum class Ending : std::uint8_t {
    whole,  // everything leaves
    reset,  // RST
    close,  // a clean end of the stream, short of Content-Length
    stall   // silence for stall, then a clean end
  };
  Duration delay = Duration::zero();  // before the first byte
  Ending ending = Ending::whole;
  // When the ending is not whole: what leaves before it.
  bool head_sent = false;
  std::size_t body_bytes_sent = 0;
  Duration stall = Duration::zero();
};

struct Answer {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Length is the server's
  std::string body;
  Transport transport;
  Endpoint endpoint = Endpoint::other;
  bool bundle = false;  // the body is a whole searchset
  // One of them on a 429 or 503 that names a wait: seconds count from the moment the answer is
  // written, a date is a date however late the answer leaves.
  std::optional<Duration> retry_after;
  std::optional<WallTime> retry_at;
};

}  // namespace claimferry::sandbox
