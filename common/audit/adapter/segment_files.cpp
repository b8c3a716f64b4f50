#include "common/audit/adapter/segment_files.hpp"

#include <algorithm>

#include "common/base/limits.hpp"

namespace claimferry::audit {
namespace {

namespace fs = std::filesystem;

Failure unknown_head(const fs::path& directory, const Head& known) {
  return {FailureKind::local, "audit_head_unknown",
          "Redis remembers line " + std::to_string(known.seq) + " of the audit, and " +
              directory.string() +
              " does not hold it; nothing is drained: put the right directory at audit.path, "
              "shared by all schedulers, then look: claimferry audit verify"};
}

Result<std::optional<Record>> first_of(const fs::path& path) {
  auto reader = SegmentReader::open(path);
  if (!reader) {
    return reader.failure();
  }
  const auto line = reader->next();
  if (!line) {
    return line.failure();
  }
  if (!*line || (*line)->kind == SegmentReader::Line::Kind::half) {
    return std::optional<Record>();
  }
  auto record = record_of(*reader, **line);
  if (!record) {
    return std::move(record.failure());
  }
  return std::optional(std::move(*record));
}

// From the first line on whose number is at least `seq`: the segments before it are left out.
Result<ChainReader> chain_from(const fs::path& directory, std::vector<Segment> segments,
                               std::uint64_t seq) {
  std::size_t at = segments.size();
  while (at > 0) {
    const auto first = first_of(directory / segments[--at].file_name());
    if (!first) {
      return first.failure();
    }
    if (*first && (*first)->seq <= seq) {
      break;
    }
  }
  const auto offset = offset_of(directory / segments[at].file_name(), seq);
  if (!offset) {
    return offset.failure();
  }
  segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(at));
  return ChainReader(directory, std::move(segments), *offset);
}

}  // namespace

Result<std::vector<Segment>> segments_in(const fs::path& directory) {
  std::vector<Segment> segments;
  std::error_code ec;
  fs::directory_iterator entries(directory, ec);
  for (; !ec && entries != fs::directory_iterator(); entries.increment(ec)) {
    if (const auto segment = Segment::parse(entries->path().filename().string())) {
      segments.push_back(*segment);
    }
  }
  if (ec && ec != std::errc::no_such_file_or_directory) {
    errno = ec.value();
    return refused_by_system(directory, "list");
  }
  std::ranges::sort(segments);
  return segments;
}

Result<std::optional<Record>> ChainReader::next() {
  while (true) {
    if (!reader_) {
      if (at_ == segments_.size()) {
        return std::optional<Record>();
      }
      auto opened = SegmentReader::open(directory_ / segments_[at_].file_name(), offset_);
      if (!opened) {
        return std::move(opened.failure());
      }
      reader_.emplace(std::move(*opened));
      offset_ = 0;
      ++at_;
    }
    const auto line = reader_->next();
    if (!line) {
      return line.failure();
    }
    if (*line && (*line)->kind != SegmentReader::Line::Kind::half) {
      auto record = record_of(*reader_, **line);
      if (!record) {
        return std::move(record.failure());
      }
      return std::optional(std::move(*record));
    }
    reader_.reset();
  }
}

Result<ChainReader> chain_behind(const fs::path& directory, std::vector<Segment> segments,
                                 const Head& known) {
  if (segments.empty()) {
    return unknown_head(directory, known);
  }
  auto chain = chain_from(directory, std::move(segments), known.seq);
  if (!chain) {
    return chain;
  }
  const auto record = chain->next();
  if (!record) {
    return record.failure();
  }
  if (!*record || (*record)->head() != known) {
    return unknown_head(directory, known);
  }
  return chain;
}

Result<ChainReader> last_of_chain(const fs::path& directory, std::vector<Segment> segments,
                                  const Head& head, std::uint64_t count) {
  if (segments.empty()) {
    return ChainReader(directory, {}, 0);
  }
  return chain_from(directory, std::move(segments), head.seq > count ? head.seq - count : 1);
}

Result<Tail> tail_of(const fs::path& segment) {
  std::error_code ec;
  const std::uint64_t size = fs::file_size(segment, ec);
  if (ec) {
    errno = ec.value();
    return refused_by_system(segment, "read");
  }
  // Long enough for a whole line before a half one.
  const std::uint64_t window = 2 * limits::audit_line_bytes_max;
  const std::uint64_t from = size > window ? size - window : 0;
  auto reader = SegmentReader::open(segment, from);
  if (!reader) {
    return std::move(reader.failure());
  }
  std::optional<SegmentReader::Line> last;
  Tail tail{std::nullopt, size, size};
  for (bool is_first = true;; is_first = false) {
    auto line = reader->next();
    if (!line) {
      return std::move(line.failure());
    }
    if (!*line) {
      break;
    }
    if ((*line)->kind == SegmentReader::Line::Kind::half) {
      tail.whole_bytes = (*line)->offset;
    } else if (!is_first || from == 0) {  // what the window begins with may be a line's rest
      last = std::move(*line);
    }
  }
  if (last) {
    auto record = record_of(*reader, *last);
    if (!record) {
      return std::move(record.failure());
    }
    tail.last = std::move(*record);
  }
  return tail;
}

}  // namespace claimferry::audit
