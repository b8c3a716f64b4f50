// Result<T>: a value, or the Failure that prevented it. For what can go wrong in the world;
// exceptions are for construction and configuration, assertions for what cannot happen. Ignoring
// one is a compile error.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "common/base/assert.hpp"
#include "common/base/failure.hpp"

namespace claimferry {

template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<T, Failure>);

 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Failure failure)
      : state_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT: implicit by design

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & {
    CLAIMFERRY_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CLAIMFERRY_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    CLAIMFERRY_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Failure& failure() & {
    CLAIMFERRY_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  const Failure& failure() const& {
    CLAIMFERRY_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  Failure&& failure() && {
    CLAIMFERRY_ASSERT(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Failure> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Failure failure)
      : failure_(std::in_place, std::move(failure)) {}  // NOLINT: implicit by design

  bool ok() const noexcept { return !failure_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  Failure& failure() & {
    CLAIMFERRY_ASSERT(!ok());
    return *failure_;
  }
  const Failure& failure() const& {
    CLAIMFERRY_ASSERT(!ok());
    return *failure_;
  }
  Failure&& failure() && {
    CLAIMFERRY_ASSERT(!ok());
    return std::move(*failure_);
  }

 private:
  std::optional<Failure> failure_;
};

}  // namespace claimferry
