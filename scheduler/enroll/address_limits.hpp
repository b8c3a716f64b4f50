// AddressLimits: how many requests one address may make, so that nobody tries keys or states in
// bulk. A minute's worth at once, then evenly; remembers the 4,096 addresses that came last. Pure:
// time comes in.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.hpp"

namespace claimferry::enroll {

class AddressLimits {
 public:
  static constexpr std::size_t addresses_max = 4'096;

  explicit AddressLimits(unsigned requests_per_minute);

  // Zero: the request may go on; else how long until the next one may.
  Duration take(const std::string& address, SteadyTime now);
  std::size_t remembered() const noexcept { return places_.size(); }

 private:
  struct Place {
    std::string address;
    SteadyTime next_at;  // when its next request would be due, were they evenly spread
  };

  std::chrono::microseconds interval_;
  std::list<Place> places_;  // who came last stands first
  std::unordered_map<std::string, std::list<Place>::iterator> by_address_;
};

// Whose request it is: an address of IPv6 stands for its /64, which is one household's. A port
// beside it, which some proxies write, says nothing of that. All that is no address is one, so that
// nobody gets a limit of his own, or fills memory, by inventing names.
std::string limited_address(const std::string& address);

// Of an X-Forwarded-For the address that the outermost of our own proxies saw. Each appends whom it
// was asked by; what stands before their entries the client may have invented. With fewer entries
// than proxies the first: somebody came past the outer ones.
std::string_view forwarded_address(std::string_view forwarded_for, unsigned proxies);

}  // namespace claimferry::enroll
