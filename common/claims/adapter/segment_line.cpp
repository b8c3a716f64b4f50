#include "common/claims/adapter/segment_line.hpp"

#include <algorithm>
#include <charconv>

#include "common/base/digest.hpp"

namespace claimferry::claims {
namespace {

void add_text(std::string& line, std::string_view key, std::string_view value) {
  line += ",\"";
  line += key;
  line += "\":";
  line += json_quoted(value);
}

void add_number(std::string& line, std::string_view key, std::uint64_t value) {
  line += ",\"";
  line += key;
  line += "\":";
  line += std::to_string(value);
}

std::string head(std::string_view operation, const SyncKey& key) {
  std::string line = R"({"schema":1)";
  add_text(line, "operation", operation);
  add_text(line, "payer", key.payer.str());
  add_text(line, "member", key.job.member.str());
  add_number(line, "fence", to_number(key.job.fence));
  return line;
}

void add_resource(std::string& line, std::string_view type, std::string_view id) {
  add_text(line, "resource_type", type);
  add_text(line, "resource_id", id);
}

bool is_line_end(char byte) {
  return byte == '\n' || byte == '\r';
}

// Takes `before` and what follows it up to `until` from the front.
std::optional<std::string_view> take(std::string_view& text, std::string_view before, char until) {
  if (!text.starts_with(before)) {
    return std::nullopt;
  }
  text.remove_prefix(before.size());
  const auto end = text.find(until);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

}  // namespace

std::string json_quoted(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      quoted += {'\\', byte};
    } else if (code < 0x20) {
      quoted += {'\\', 'u', '0', '0', digits[code >> 4U], digits[code & 15U]};
    } else {
      quoted += byte;
    }
  }
  return quoted + '"';
}

std::string upsert_head(const PageCommit& commit, const ResourceRow& row, std::int64_t version) {
  std::string line = head("upsert", commit.key);
  add_resource(line, row.type, row.id);
  add_number(line, "version", static_cast<std::uint64_t>(version));
  add_text(line, "change_hash", to_hex(row.change_hash));
  add_text(line, "sha256", to_hex(row.content_hash));
  add_text(line, "received_at", format_exact_time(commit.at));
  if (!row.full_url.empty()) {
    add_text(line, "full_url", row.full_url);
  }
  if (std::ranges::any_of(row.raw, is_line_end)) {
    add_text(line, "raw_text", row.raw);
  }
  return line + ",\"raw\":";
}

std::optional<std::string> raw_on_one_line(std::string_view raw) {
  if (std::ranges::none_of(raw, is_line_end)) {
    return std::nullopt;
  }
  std::string line(raw);
  std::ranges::replace_if(line, is_line_end, ' ');
  return line;
}

std::string absent_line(const SyncClose& close, std::string_view type, std::string_view id,
                        std::int64_t version) {
  std::string line = head("absent", close.key);
  add_resource(line, type, id);
  add_number(line, "version", static_cast<std::uint64_t>(version));
  add_text(line, "absent_at", format_exact_time(close.at));
  return line + "}\n";
}

std::string erase_line(const SyncKey& key, WallTime at) {
  std::string line = head("erase", key);
  add_text(line, "erased_at", format_exact_time(at));
  return line + "}\n";
}

std::string quarantine_head(const QuarantineLine& line) {
  std::string text = head("quarantine", line.key);
  add_resource(text, line.type, line.id);
  add_text(text, "reason", line.reason);
  add_text(text, "pointer", line.pointer);
  add_text(text, "sha256", to_hex(sha256(line.raw)));
  add_text(text, "received_at", format_exact_time(line.at));
  return text + ",\"raw_base64\":\"";
}

std::optional<LineOwner> owner_of(std::string_view line) {
  const auto operation = take(line, R"({"schema":1,"operation":")", '"');
  const auto payer = take(line, R"(","payer":")", '"');
  const auto member = take(line, R"(","member":")", '"');
  constexpr std::string_view before_fence = R"(","fence":)";
  if (!operation || !payer || !member || !line.starts_with(before_fence)) {
    return std::nullopt;
  }
  line.remove_prefix(before_fence.size());
  std::uint64_t fence = 0;
  // The digits end within the text, or it may have been cut in their midst.
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), fence);
  if (error != std::errc() || end == line.data() + line.size()) {
    return std::nullopt;
  }
  return LineOwner{*operation, *payer, *member, fence};
}

}  // namespace claimferry::claims
