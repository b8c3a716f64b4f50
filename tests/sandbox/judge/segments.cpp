#include "tests/sandbox/judge/segments.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include <boost/json.hpp>

namespace claimferry::sandbox {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string text_of(const json::object& line, std::string_view key) {
  const auto* value = line.if_contains(key);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

std::uint64_t number_of(const json::object& line, std::string_view key) {
  const auto* value = line.if_contains(key);
  return value == nullptr ? 0 : value->to_number<std::uint64_t>();
}

std::string raw_of(const json::object& line, std::string_view text) {
  if (line.contains("raw_text") || line.contains("raw_base64")) {
    return text_of(line, line.contains("raw_text") ? "raw_text" : "raw_base64");
  }
  constexpr std::string_view before = ",\"raw\":";
  const auto at = text.find(before);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view behind = text.substr(at + before.size());
  return std::string(behind.substr(0, behind.size() - 1));
}

SegmentLine line_of(std::string_view text) {
  const json::object line = json::parse(text).as_object();
  if (number_of(line, "schema") != 1) {
    throw std::runtime_error("a line of another schema");
  }
  return {text_of(line, "operation"), text_of(line, "payer"),         text_of(line, "member"),
          number_of(line, "fence"),   text_of(line, "resource_type"), text_of(line, "resource_id"),
          number_of(line, "version"), text_of(line, "sha256"),        raw_of(line, text),
          text_of(line, "reason")};
}

using Member = std::pair<std::string, std::string>;
using Resource = std::tuple<std::string, std::string, std::string, std::string>;
// An absence stands behind the version that it ends.
using Place = std::tuple<std::uint64_t, std::uint64_t, bool>;

std::map<Resource, std::map<Place, SegmentLine>> by_resource(
    const std::vector<SegmentLine>& lines) {
  std::map<Member, std::uint64_t> erased;
  for (const SegmentLine& line : lines) {
    if (line.operation == "erase") {
      auto& fence = erased[{line.payer, line.member}];
      fence = std::max(fence, line.fence);
    }
  }
  std::map<Resource, std::map<Place, SegmentLine>> all;
  for (const SegmentLine& line : lines) {
    const bool is_absent = line.operation == "absent";
    const auto gone = erased.find({line.payer, line.member});
    if ((line.operation == "upsert" || is_absent) &&
        (gone == erased.end() || line.fence > gone->second)) {
      all[{line.payer, line.member, line.type, line.id}].try_emplace(
          {line.fence, line.version, is_absent}, line);
    }
  }
  return all;
}

}  // namespace

std::vector<SegmentLine> read_segment(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("cannot read " + path);
  }
  std::vector<SegmentLine> lines;
  for (std::string text; std::getline(file, text);) {
    if (file.eof()) {
      throw std::runtime_error("half a line at the end of " + path);
    }
    try {
      lines.push_back(line_of(text));
    } catch (const std::exception& error) {
      throw std::runtime_error(path + ", line " + std::to_string(lines.size() + 1) + ": " +
                               error.what());
    }
  }
  return lines;
}

std::vector<SegmentLine> read_segments(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".ndjson") {
      paths.push_back(entry.path().string());
    }
  }
  std::ranges::sort(paths);
  std::vector<SegmentLine> lines;
  for (const std::string& path : paths) {
    std::ranges::move(read_segment(path), std::back_inserter(lines));
  }
  return lines;
}

std::vector<SegmentLine> standing_versions(const std::vector<SegmentLine>& lines) {
  std::vector<SegmentLine> all;
  for (const auto& [resource, versions] : by_resource(lines)) {
    for (const auto& [place, line] : versions) {
      all.push_back(line);
    }
  }
  return all;
}

std::vector<SegmentLine> standing(const std::vector<SegmentLine>& lines) {
  std::vector<SegmentLine> all;
  for (const auto& [resource, versions] : by_resource(lines)) {
    if (const SegmentLine& last = versions.rbegin()->second; last.operation == "upsert") {
      all.push_back(last);
    }
  }
  return all;
}

}  // namespace claimferry::sandbox
