#include "scheduler/enroll/address_limits.hpp"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace claimferry::enroll {
namespace {

constexpr auto minute = std::chrono::minutes(1);

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Of "203.0.113.7:4711", "[2001:db8::1]:443" and "[2001:db8::1]" the address; all else as it is.
std::string without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    const std::string_view rest = end == std::string_view::npos ? "" : text.substr(end + 1);
    const bool is_address = end != std::string_view::npos &&
                            (rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1))));
    return std::string(is_address ? text.substr(1, end - 1) : text);
  }
  const auto colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && is_port(text.substr(colon + 1));
  return std::string(has_port ? text.substr(0, colon) : text);
}

}  // namespace

AddressLimits::AddressLimits(unsigned requests_per_minute)
    : interval_(std::chrono::microseconds(minute) / requests_per_minute) {}

Duration AddressLimits::take(const std::string& address, SteadyTime now) {
  const auto known = by_address_.find(address);
  if (known == by_address_.end()) {
    if (places_.size() == addresses_max) {
      by_address_.erase(places_.back().address);
      places_.pop_back();
    }
    places_.push_front({address, now - minute});
    by_address_.emplace(address, places_.begin());
  } else {
    places_.splice(places_.begin(), places_, known->second);
  }
  Place& place = places_.front();
  // Of a minute, one interval is the request's own.
  place.next_at = std::max(place.next_at, now - minute + interval_);
  if (place.next_at > now) {
    return std::chrono::ceil<Duration>(place.next_at - now);
  }
  place.next_at += interval_;
  return Duration::zero();
}

std::string limited_address(const std::string& address) {
  boost::system::error_code ec;
  const auto parsed = boost::asio::ip::make_address(without_port(address), ec);
  if (ec) {
    return "no address";
  }
  if (parsed.is_v4()) {
    return parsed.to_string();
  }
  auto bytes = parsed.to_v6().to_bytes();
  if (parsed.to_v6().is_v4_mapped()) {
    return boost::asio::ip::address_v6(bytes).to_string();  // without the zone, which says anything
  }
  std::ranges::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

std::string_view forwarded_address(std::string_view forwarded_for, unsigned proxies) {
  std::string_view address;
  for (unsigned at = 0; at < proxies; ++at) {
    const auto comma = forwarded_for.rfind(',');
    address = forwarded_for.substr(comma == std::string_view::npos ? 0 : comma + 1);
    if (comma == std::string_view::npos) {
      break;
    }
    forwarded_for = forwarded_for.substr(0, comma);
  }
  const auto first = address.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return address.substr(first, address.find_last_not_of(" \t") - first + 1);
}

}  // namespace claimferry::enroll
