#include "common/postgres/address.hpp"

#include <memory>

#include <libpq-fe.h>

namespace claimferry::postgres {
namespace {

Failure refused(std::string detail) {
  return {FailureKind::permanent, "postgres_address", std::move(detail)};
}

struct Free {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  // libpq's own words about a mistake repeat the text, which may hold what was meant as a password.
  const std::unique_ptr<PQconninfoOption, Free> options(
      PQconninfoParse(std::string(text).c_str(), nullptr));
  if (text.empty() || !options) {
    return refused(
        "is no address of a PostgreSQL database such as "
        "postgresql://user@host/claims?sslmode=verify-full");
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view keyword(option->keyword);
    if ((keyword == "password" || keyword == "sslpassword") && option->val != nullptr) {
      return refused("holds a password; put it into a file of mode 0600 of its own");
    }
  }
  return Address(text);
}

}  // namespace claimferry::postgres
