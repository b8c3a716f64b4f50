// A Redis reply (RESP2) as a value.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace claimferry::redis {

struct Nil {
  friend bool operator==(const Nil&, const Nil&) = default;
};
struct Error {
  std::string text;  // "NOSCRIPT No matching script…": the first word is the code
  friend bool operator==(const Error&, const Error&) = default;
};

struct Reply {
  using Array = std::vector<Reply>;
  std::variant<Nil, std::int64_t, std::string, Error, Array> value;

  bool is_nil() const noexcept { return std::holds_alternative<Nil>(value); }
  const std::int64_t* integer() const noexcept { return std::get_if<std::int64_t>(&value); }
  const std::string* text() const noexcept { return std::get_if<std::string>(&value); }
  const Error* error() const noexcept { return std::get_if<Error>(&value); }
  const Array* array() const noexcept { return std::get_if<Array>(&value); }
  friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace claimferry::redis
