// Segments: a directory of NDJSON segments as the sink's README says that readers read it; for the
// judge and for tests, by code of their own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace claimferry::sandbox {

struct SegmentLine {
  std::string operation;  // upsert, absent, quarantine, erase
  std::string payer;
  std::string member;
  std::uint64_t fence = 0;
  std::string type;
  std::string id;
  std::uint64_t version = 0;
  std::string sha256;  // as the line says
  std::string raw;     // an upsert's exact bytes, a quarantine's in base64
  std::string reason;
};

// In the order of the segments' names. Throws std::runtime_error for what a finished segment never
// holds: half a line, or one that is none.
std::vector<SegmentLine> read_segments(const std::string& directory);
std::vector<SegmentLine> read_segment(const std::string& path);

// What stands by the reader's rule: of each resource that is not erased, its versions in their
// order, each once. An absence is a version without bytes.
std::vector<SegmentLine> standing_versions(const std::vector<SegmentLine>& lines);
// The last of each, where it is no absence.
std::vector<SegmentLine> standing(const std::vector<SegmentLine>& lines);

}  // namespace claimferry::sandbox
