// Answer: what one statement answered: rows of text. Owns them.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct pg_result;

namespace claimferry::postgres {

class Answer {
 public:
  explicit Answer(pg_result* result) : result_(result) {}

  std::size_t rows() const noexcept;
  std::size_t columns() const noexcept;
  bool is_null(std::size_t row, std::size_t column) const noexcept;
  // Empty where it is NULL. Ends with the Answer.
  std::string_view text(std::size_t row, std::size_t column) const noexcept;
  // Zero where it is no whole number.
  std::int64_t integer(std::size_t row, std::size_t column) const noexcept;
  bool flag(std::size_t row, std::size_t column) const noexcept { return text(row, column) == "t"; }

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace claimferry::postgres
