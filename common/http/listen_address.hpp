// ListenAddress: where a server of ours listens: a numeric address and a port. Names are refused:
// what a name stands for may be two addresses, or another one tomorrow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace claimferry::http {

struct ListenAddress {
  std::string address;  // "127.0.0.1", "::1"
  std::uint16_t port;   // 0: a free one

  // "127.0.0.1:9464", "[::1]:0".
  static std::optional<ListenAddress> parse(std::string_view text);
};

}  // namespace claimferry::http
