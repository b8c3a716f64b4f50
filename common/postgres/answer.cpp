#include "common/postgres/answer.hpp"

#include <charconv>

#include <libpq-fe.h>

namespace claimferry::postgres {

void Answer::Clear::operator()(pg_result* result) const noexcept {
  PQclear(result);
}

std::size_t Answer::rows() const noexcept {
  return static_cast<std::size_t>(PQntuples(result_.get()));
}

std::size_t Answer::columns() const noexcept {
  return static_cast<std::size_t>(PQnfields(result_.get()));
}

bool Answer::is_null(std::size_t row, std::size_t column) const noexcept {
  return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) != 0;
}

std::string_view Answer::text(std::size_t row, std::size_t column) const noexcept {
  const int at = static_cast<int>(row);
  const int of = static_cast<int>(column);
  return {PQgetvalue(result_.get(), at, of),
          static_cast<std::size_t>(PQgetlength(result_.get(), at, of))};
}

std::int64_t Answer::integer(std::size_t row, std::size_t column) const noexcept {
  const std::string_view digits = text(row, column);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace claimferry::postgres
