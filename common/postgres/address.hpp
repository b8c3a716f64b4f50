// Address: where a PostgreSQL database is and how it is reached, in libpq's words: a URI
// (postgresql://user@host1,host2/claims?sslmode=verify-full) or key=value pairs. Without a
// password: that is a Secret of its own, so that an address may stand in logs.
#pragma once

#include <string>
#include <string_view>

#include "common/base/live_secret.hpp"
#include "common/base/result.hpp"

namespace claimferry::postgres {

class Address {
 public:
  // permanent, "postgres_address": libpq cannot read it, or it holds a password. The detail never
  // repeats the text.
  static Result<Address> parse(std::string_view text);

  const std::string& str() const noexcept { return text_; }

 private:
  explicit Address(std::string_view text) : text_(text) {}
  std::string text_;
};

// With which one connects.
struct Login {
  Address address;
  LiveSecret password;  // empty: whatever libpq finds by itself (a certificate, peer, ~/.pgpass)
};

}  // namespace claimferry::postgres
