#include "common/queue/cursor.hpp"

#include <array>
#include <charconv>
#include <vector>

#include "common/base/limits.hpp"

namespace claimferry::queue {
namespace {

constexpr std::array resources{Resource::patient, Resource::coverage, Resource::eob};
constexpr std::size_t field_count = 8;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> fields;
  while (true) {
    const auto space = text.find(' ');
    fields.push_back(text.substr(0, space));
    if (space == std::string_view::npos) {
      return fields;
    }
    text.remove_prefix(space + 1);
  }
}

template <class Number>
bool parse_number(std::string_view text, Number& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}

bool parse_flag(char c, bool& out) {
  out = c == '1';
  return c == '0' || c == '1';
}

}  // namespace

std::string_view to_string(Resource resource) noexcept {
  switch (resource) {
    case Resource::patient:
      return "Patient";
    case Resource::coverage:
      return "Coverage";
    case Resource::eob:
      return "ExplanationOfBenefit";
  }
  return "unknown";
}

std::optional<Resource> parse_resource(std::string_view text) noexcept {
  for (const Resource resource : resources) {
    if (to_string(resource) == text) {
      return resource;
    }
  }
  return std::nullopt;
}

std::string Cursor::str() const {
  std::string text = "1 ";
  text += to_string(resource);
  text += ' ' + std::to_string(pages) + ' ' + std::to_string(entries) + ' ';
  text += total ? std::to_string(*total) : "-";
  text += ' ' + std::to_string(restarts) + ' ';
  text += coverage_incomplete ? '1' : '0';
  text += eob_incomplete ? '1' : '0';
  text += ' ';
  text += next_url.empty() ? "-" : next_url;
  return text;
}

Cursor Cursor::without_link() const {
  Cursor cursor = *this;
  if (!next_url.empty()) {
    cursor.next_url = "in-the-sink";
  }
  return cursor;
}

std::optional<Cursor> Cursor::parse(std::string_view text) {
  const auto fields = split(text);
  if (fields.size() != field_count || fields[0] != "1" || fields[6].size() != 2 ||
      fields[7].empty() || fields[7].size() > limits::url_bytes_max) {
    return std::nullopt;
  }
  Cursor cursor;
  const auto resource = parse_resource(fields[1]);
  if (!resource || !parse_number(fields[2], cursor.pages) ||
      !parse_number(fields[3], cursor.entries) || !parse_number(fields[5], cursor.restarts) ||
      !parse_flag(fields[6][0], cursor.coverage_incomplete) ||
      !parse_flag(fields[6][1], cursor.eob_incomplete)) {
    return std::nullopt;
  }
  cursor.resource = *resource;
  if (fields[4] != "-") {
    std::uint64_t total = 0;
    if (!parse_number(fields[4], total)) {
      return std::nullopt;
    }
    cursor.total = total;
  }
  if (fields[7] != "-") {
    cursor.next_url = fields[7];
  }
  return cursor;
}

}  // namespace claimferry::queue
