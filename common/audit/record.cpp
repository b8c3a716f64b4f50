#include "common/audit/record.hpp"

#include <algorithm>
#include <charconv>

#include "common/base/digest.hpp"

namespace claimferry::audit {
namespace {

constexpr std::string_view before_hash = ",\"hash\":\"";
constexpr std::size_t hash_digits = 64;
constexpr std::size_t seal_bytes = before_hash.size() + hash_digits + 2;  // and "}

void append_quoted(std::string& out, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20U || byte == 0x7FU) {
      out += "\\u00";
      out += digits[byte >> 4U];
      out += digits[byte & 0xFU];
    } else {
      out += c;
    }
  }
  out += '"';
}

bool is_hash(std::string_view text) noexcept {
  return text.size() == hash_digits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// Reads exactly what is written above, and nothing else.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) {
      return false;
    }
    rest_.remove_prefix(expected.size());
    return true;
  }
  template <class Number>
  bool number(Number& value) {
    const auto [end, ec] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const auto length = static_cast<std::size_t>(end - rest_.data());
    const bool fine = ec == std::errc{} && (length == 1 || rest_.front() != '0');
    rest_.remove_prefix(fine ? length : 0);
    return fine;
  }
  bool quoted(std::string& value) {
    if (!skip("\"")) {
      return false;
    }
    while (!rest_.empty() && rest_.front() != '"') {
      if (!character(value)) {
        return false;
      }
    }
    return skip("\"");
  }
  bool fields(Fields& all) {
    if (!skip("{")) {
      return false;
    }
    for (bool first = true; !skip("}"); first = false) {
      auto& [name, value] = all.emplace_back();
      if (!(first || skip(",")) || !quoted(name) || !skip(":") || !quoted(value)) {
        return false;
      }
    }
    return true;
  }
  bool hash(std::string& value) { return quoted(value) && is_hash(value); }
  bool at_end() const noexcept { return rest_.empty(); }

 private:
  bool character(std::string& value) {
    if (rest_.front() != '\\') {
      value += rest_.front();
      rest_.remove_prefix(1);
      return true;
    }
    if (skip("\\\"") || skip("\\\\")) {
      value += rest_.data()[-1];
      return true;
    }
    unsigned code = 0;
    if (!skip("\\u00") || rest_.size() < 2) {
      return false;
    }
    const auto [end, ec] = std::from_chars(rest_.data(), rest_.data() + 2, code, 16);
    value += static_cast<char>(code);
    rest_.remove_prefix(2);
    return ec == std::errc{} && end == rest_.data() && code < 0x80U;
  }

  std::string_view rest_;
};

std::string hash_of(std::string_view sealed_bytes) {
  return to_hex(sha256(sealed_bytes));
}

}  // namespace

std::string line_after(const Head& before, const Entry& entry) {
  std::string line = "{\"seq\":" + std::to_string(before.seq + 1) +
                     ",\"at\":" + std::to_string(entry.at.time_since_epoch().count()) + ",\"id\":";
  append_quoted(line, entry.id);
  line += ",\"event\":";
  append_quoted(line, entry.event);
  line += ",\"fields\":{";
  for (const auto& [name, value] : entry.fields) {
    line += line.back() == '{' ? "" : ",";
    append_quoted(line, name);
    line += ':';
    append_quoted(line, value);
  }
  line += "},\"prev\":\"" + before.hash + "\"";
  const std::string hash = hash_of(line);
  return line.append(before_hash).append(hash).append("\"}");
}

std::optional<Record> parse_line(std::string_view line) {
  Reader reader(line);
  Record record{};
  std::int64_t at = 0;
  const bool whole = reader.skip("{\"seq\":") && reader.number(record.seq) &&
                     reader.skip(",\"at\":") && reader.number(at) && reader.skip(",\"id\":") &&
                     reader.quoted(record.entry.id) && reader.skip(",\"event\":") &&
                     reader.quoted(record.entry.event) && reader.skip(",\"fields\":") &&
                     reader.fields(record.entry.fields) && reader.skip(",\"prev\":") &&
                     reader.hash(record.prev) && reader.skip(",\"hash\":") &&
                     reader.hash(record.hash) && reader.skip("}") && reader.at_end();
  if (!whole || record.seq == 0) {
    return std::nullopt;
  }
  record.entry.at = WallTime(Duration(at));
  return record;
}

bool is_sealed(std::string_view line) {
  if (line.size() < seal_bytes) {
    return false;
  }
  const std::string_view sealed = line.substr(0, line.size() - seal_bytes);
  const std::string_view seal = line.substr(sealed.size());
  return seal.starts_with(before_hash) && seal.ends_with("\"}") &&
         seal.substr(before_hash.size(), hash_digits) == hash_of(sealed);
}

}  // namespace claimferry::audit
