#include "common/audit/adapter/segment_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "common/base/limits.hpp"

namespace claimferry::audit {
namespace {

constexpr std::size_t read_bytes = 64 * limits::KiB;

Failure damaged(const std::filesystem::path& path, std::uint64_t offset) {
  return {FailureKind::local, "audit_damaged",
          path.string() + " holds something that is no line of the audit, at byte " +
              std::to_string(offset) + "; look: claimferry audit verify"};
}

struct Place {
  std::uint64_t seq;
  std::uint64_t offset;
};

// Of the next whole line; nothing at the end.
Result<std::optional<Place>> next_place(SegmentReader& reader) {
  const auto line = reader.next();
  if (!line) {
    return line.failure();
  }
  if (!*line || (*line)->kind == SegmentReader::Line::Kind::half) {
    return std::optional<Place>();
  }
  const auto record = record_of(reader, **line);
  if (!record) {
    return record.failure();
  }
  return std::optional(Place{record->seq, (*line)->offset});
}

// Of the first line that begins behind `from`, which may stand within one.
Result<std::optional<Place>> place_behind(const std::filesystem::path& path, std::uint64_t from) {
  auto reader = SegmentReader::open(path, from);
  if (!reader) {
    return std::move(reader.failure());
  }
  const auto rest = reader->next();
  if (!rest) {
    return rest.failure();
  }
  return next_place(*reader);
}

Result<std::uint64_t> scan_for(const std::filesystem::path& path, std::uint64_t from,
                               std::uint64_t seq) {
  auto reader = SegmentReader::open(path, from);
  if (!reader) {
    return std::move(reader.failure());
  }
  while (true) {
    const std::uint64_t at = reader->offset();
    const auto place = next_place(*reader);
    if (!place) {
      return place.failure();
    }
    if (!*place || (*place)->seq >= seq) {
      return at;
    }
  }
}

}  // namespace

Result<SegmentReader> SegmentReader::open(std::filesystem::path path, std::uint64_t offset) {
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open() || ::lseek(file.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    return refused_by_system(path, "read");
  }
  return SegmentReader(std::move(path), std::move(file), offset);
}

// False at the end of the file.
Result<bool> SegmentReader::fill() {
  buffer_.erase(0, from_);
  from_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + read_bytes);
  ssize_t got = 0;
  do {
    got = ::read(file_.get(), buffer_.data() + before, read_bytes);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) {
    return refused_by_system(path_, "read");
  }
  return got > 0;
}

Result<std::optional<SegmentReader::Line>> SegmentReader::next() {
  Line line{"", at_};
  std::size_t searched = from_;
  auto end = buffer_.find('\n', searched);
  while (end == std::string::npos) {
    if (buffer_.size() - from_ > limits::audit_line_bytes_max) {
      line.kind = Line::Kind::overlong;
      at_ += buffer_.size() - from_;
      from_ = buffer_.size();
    }
    searched = buffer_.size() - from_;
    const auto more = fill();
    if (!more) {
      return more.failure();
    }
    if (!*more) {
      line.kind = line.kind == Line::Kind::overlong ? line.kind : Line::Kind::half;
      line.text = line.kind == Line::Kind::half ? buffer_ : "";
      at_ += buffer_.size();
      buffer_.clear();
      const bool nothing = at_ == line.offset;
      return nothing ? std::optional<Line>() : std::optional(std::move(line));
    }
    end = buffer_.find('\n', searched);
  }
  if (line.kind == Line::Kind::whole) {
    line.text = buffer_.substr(from_, end - from_);
  }
  at_ += end + 1 - from_;
  from_ = end + 1;
  return std::optional(std::move(line));
}

Result<Record> record_of(const SegmentReader& reader, const SegmentReader::Line& line) {
  auto record = line.kind == SegmentReader::Line::Kind::whole ? parse_line(line.text)
                                                              : std::optional<Record>();
  if (!record) {
    return damaged(reader.path(), line.offset);
  }
  return std::move(*record);
}

Result<std::uint64_t> offset_of(const std::filesystem::path& path, std::uint64_t seq) {
  std::error_code ec;
  std::uint64_t high = std::filesystem::file_size(path, ec);
  std::uint64_t low = 0;  // always the begin of a line
  if (ec) {
    errno = ec.value();
    return refused_by_system(path, "read");
  }
  while (high - low > limits::audit_line_bytes_max) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto place = place_behind(path, middle);
    if (!place) {
      return place.failure();
    }
    if (*place && (*place)->seq < seq) {
      low = (*place)->offset;
    } else {
      high = middle;
    }
  }
  return scan_for(path, low, seq);
}

}  // namespace claimferry::audit
