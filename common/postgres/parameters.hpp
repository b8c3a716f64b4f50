// Parameters: the values of one statement in PostgreSQL's binary format, and arrays of them: a
// column of a batch is one parameter. Copies what it is given. A NUL, which PostgreSQL's text does
// not hold, becomes U+FFFD.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::postgres {

enum class Element : std::uint32_t { bytes = 17, integer = 20, text = 25 };  // as pg_type.oid

class Array {
 public:
  explicit Array(Element of);

  void null();
  void text(std::string_view value);
  void bytes(std::string_view value);
  void integer(std::int64_t value);
  std::uint32_t size() const noexcept { return size_; }
  // In the wire's form; ends the array.
  std::string finish() &&;

 private:
  std::string wire_;
  std::uint32_t size_ = 0;
  bool has_null_ = false;
};

class Parameters {
 public:
  Parameters& text(std::string_view value);
  Parameters& bytes(std::string_view value);
  Parameters& integer(std::int64_t value);  // for a bigint
  Parameters& null();
  Parameters& array(Array&& values);

  std::size_t size() const noexcept { return values_.size(); }
  const std::optional<std::string>& at(std::size_t index) const noexcept { return values_[index]; }

 private:
  std::vector<std::optional<std::string>> values_;
};

}  // namespace claimferry::postgres
