#include "common/postgres/parameters.hpp"

namespace claimferry::postgres {
namespace {

// A one-dimensional array: dimensions, whether there are NULLs, the elements' type, how many, the
// first index; then each element's length and bytes (PostgreSQL's array_recv()).
constexpr std::size_t header_bytes = 20;
constexpr std::size_t header_bytes_of_none = 12;
constexpr std::uint32_t length_of_null = 0xFFFF'FFFF;

template <class Number>
void put(std::string& out, Number number) {
  for (int shift = static_cast<int>(sizeof number) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xFFU));
  }
}

void put_at(std::string& out, std::size_t at, std::uint32_t number) {
  std::string bytes;
  put(bytes, number);
  out.replace(at, bytes.size(), bytes);
}

std::string without_nul(std::string_view value) {
  std::string text;
  text.reserve(value.size());
  for (const char byte : value) {
    if (byte == '\0') {
      text += "\xEF\xBF\xBD";
    } else {
      text += byte;
    }
  }
  return text;
}

bool has_nul(std::string_view value) {
  return value.find('\0') != std::string_view::npos;
}

}  // namespace

Array::Array(Element of) {
  put(wire_, std::uint32_t{1});
  put(wire_, std::uint32_t{0});
  put(wire_, static_cast<std::uint32_t>(of));
  put(wire_, std::uint32_t{0});
  put(wire_, std::uint32_t{1});
}

void Array::null() {
  put(wire_, length_of_null);
  has_null_ = true;
  ++size_;
}

void Array::text(std::string_view value) {
  if (has_nul(value)) {
    bytes(without_nul(value));
  } else {
    bytes(value);
  }
}

void Array::bytes(std::string_view value) {
  put(wire_, static_cast<std::uint32_t>(value.size()));
  wire_ += value;
  ++size_;
}

void Array::integer(std::int64_t value) {
  put(wire_, static_cast<std::uint32_t>(sizeof value));
  put(wire_, static_cast<std::uint64_t>(value));
  ++size_;
}

std::string Array::finish() && {
  if (size_ == 0) {
    put_at(wire_, 0, 0);
    wire_.resize(header_bytes_of_none);
    return std::move(wire_);
  }
  put_at(wire_, 4, has_null_ ? 1 : 0);
  put_at(wire_, header_bytes - 8, size_);
  return std::move(wire_);
}

Parameters& Parameters::text(std::string_view value) {
  values_.emplace_back(has_nul(value) ? without_nul(value) : std::string(value));
  return *this;
}

Parameters& Parameters::bytes(std::string_view value) {
  values_.emplace_back(value);
  return *this;
}

Parameters& Parameters::integer(std::int64_t value) {
  std::string wire;
  put(wire, static_cast<std::uint64_t>(value));
  values_.emplace_back(std::move(wire));
  return *this;
}

Parameters& Parameters::null() {
  values_.emplace_back(std::nullopt);
  return *this;
}

Parameters& Parameters::array(Array&& values) {
  values_.emplace_back(std::move(values).finish());
  return *this;
}

}  // namespace claimferry::postgres
