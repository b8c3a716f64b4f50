#include "scheduler/enroll/address_limits.hpp"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

namespace claimferry::enroll {
namespace {

constexpr auto minute = std::chrono::minutes(1);

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
  const auto parsed = boost::asio::ip::make_address(address, ec);
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

}  // namespace claimferry::enroll
