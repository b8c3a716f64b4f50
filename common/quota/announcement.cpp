#include "common/quota/announcement.hpp"

#include <charconv>
#include <vector>

#include "common/base/limits.hpp"

namespace claimferry::quota {
namespace {

constexpr std::size_t words_max = 8;
// Of quiets, and of the breaker's changes: Redis' scripts count in doubles.
constexpr std::uint64_t count_max = std::uint64_t{1} << 50U;

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (words.size() < words_max) {
    const auto space = text.find(' ');
    words.push_back(text.substr(0, space));
    if (space == std::string_view::npos) {
      break;
    }
    text.remove_prefix(space + 1);
  }
  return words;
}

std::optional<std::uint64_t> number_of(std::string_view word) {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool whole = ec == std::errc() && end == word.data() + word.size();
  return whole ? std::optional(number) : std::nullopt;
}

// Whoever may publish cannot silence a payer for longer than the payer itself could.
std::optional<Duration> span_of(std::string_view word) {
  const auto number = number_of(word);
  const Duration longest = limits::retry_after_max;
  if (!number || *number > static_cast<std::uint64_t>(longest.count())) {
    return std::nullopt;
  }
  return Duration(static_cast<Duration::rep>(*number));
}

}  // namespace

std::optional<Announcement> parse_announcement(std::string_view text) {
  const auto words = words_of(text);
  const auto payer = PayerName::parse(std::string(words[0]));
  if (!payer || words.size() < 4) {
    return std::nullopt;
  }
  auto count = number_of(words[2]);
  if (count && *count > count_max) {
    count.reset();
  }
  if (words[1] == "quiet" && words.size() == 4) {
    const auto how_long = span_of(words[3]);
    return count && how_long
               ? std::optional(Announcement{*payer, QuietAnnounced{*count, *how_long}})
               : std::nullopt;
  }
  if (words[1] != "breaker" || words.size() != 5) {
    return std::nullopt;
  }
  const auto barred = number_of(words[3]);
  const auto next = span_of(words[4]);
  if (!count || !barred || *barred > static_cast<std::uint64_t>(Barred::eob) || !next) {
    return std::nullopt;
  }
  return Announcement{*payer, Breaker{*count, static_cast<Barred>(*barred), *next}};
}

}  // namespace claimferry::quota
