#include "common/audit/entry.hpp"

#include <algorithm>
#include <charconv>

namespace claimferry::audit {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the well-formed sequence at the begin of `text` (RFC 3629 §4); 0: there is none.
std::size_t sequence_bytes(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80U) {
    return 1;
  }
  const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
  if (lead < 0xC2U || lead > 0xF4U || text.size() < length) {
    return 0;
  }
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  const bool overlong = (lead == 0xE0U && byte(1) < 0xA0U) || (lead == 0xF0U && byte(1) < 0x90U);
  const bool beyond = (lead == 0xEDU && byte(1) > 0x9FU) || (lead == 0xF4U && byte(1) > 0x8FU);
  return overlong || beyond ? 0 : length;
}

std::string as_utf8(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = sequence_bytes(text);
    clean += length == 0 ? replacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return clean;
}

WallTime time_of(std::string_view id) {
  std::int64_t milliseconds = 0;
  std::from_chars(id.data(), id.data() + id.size(), milliseconds);
  return WallTime(Duration(milliseconds));
}

}  // namespace

std::string_view Entry::field(std::string_view name) const noexcept {
  const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

Entry stream_entry(std::string_view id, const std::vector<std::string>& words) {
  Entry entry{std::string(id), time_of(id), "", {}};
  for (std::size_t at = 0; at + 1 < words.size(); at += 2) {
    if (words[at] == "event" && entry.event.empty()) {
      entry.event = as_utf8(words[at + 1]);
    } else {
      entry.fields.emplace_back(as_utf8(words[at]), as_utf8(words[at + 1]));
    }
  }
  if (entry.event.empty()) {
    entry.event = entry.field("cmd").empty() ? "foreign" : "operator";
  }
  return entry;
}

Entry losses(std::uint64_t lost, std::uint64_t lost_in_all, WallTime at) {
  const std::string total = std::to_string(lost_in_all);
  return {
      "lost:" + total, at, "entries_lost", {{"entries", std::to_string(lost)}, {"in_all", total}}};
}

}  // namespace claimferry::audit
