#include "common/queue/adapter/library_decision.hpp"

#include <charconv>

namespace claimferry::queue {
namespace {

std::optional<unsigned> number(const std::optional<std::string>& text) {
  if (!text) {
    return std::nullopt;
  }
  unsigned value = 0;
  const char* end = text->data() + text->size();
  const auto [stopped, ec] = std::from_chars(text->data(), end, value);
  if (ec != std::errc() || stopped != end) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

LibraryDecision decide(const LibraryText& ours, const LibraryFound& found) {
  const auto recorded = number(found.recorded);
  if (!found.code || !recorded || *recorded < ours.version) {
    return LibraryDecision::load;
  }
  if (*recorded > ours.version) {
    return LibraryDecision::leave_newer;
  }
  return *found.code == ours.code ? LibraryDecision::keep : LibraryDecision::load;
}

}  // namespace claimferry::queue
