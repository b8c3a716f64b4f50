#include "common/http/listen_address.hpp"

#include <charconv>

#include <boost/asio/ip/address.hpp>

namespace claimferry::http {

std::optional<ListenAddress> ListenAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view digits = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  if (has_brackets) {
    host = host.substr(1, host.size() - 2);
  }
  ListenAddress parsed{std::string(host), 0};
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.port);
  boost::system::error_code no_address;
  const auto address = boost::asio::ip::make_address(parsed.address, no_address);
  const bool is_port = ec == std::errc() && end == digits.data() + digits.size();
  // An IPv6 address without brackets would leave its port in doubt.
  if (!is_port || no_address || address.is_v6() != has_brackets) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace claimferry::http
