#include "scheduler/ctl/top/picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include <boost/json.hpp>

namespace claimferry::ctl {
namespace {

constexpr std::size_t cells_max = 512;
constexpr double day_seconds = 86'400;
constexpr double never_seconds = 30 * day_seconds;

enum class Tone : std::uint8_t { plain, strong, good, doubtful, bad };

[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  std::array<char, cells_max> out{};
  va_list words;
  va_start(words, format);
  std::vsnprintf(out.data(), out.size(), format, words);
  va_end(words);
  return out.data();
}

// 1,234,567
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string bytes_text(std::uint64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1'024 && unit + 1 < std::size(units); ++unit) {
    amount /= 1'024;
  }
  return text(unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
}

// Columns of a terminal: a character of UTF-8 is one, as far as we write any.
std::size_t columns_of(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](unsigned char c) { return (c & 0xC0U) != 0x80U; }));
}

std::string cut(const std::string& line, unsigned width) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if ((static_cast<unsigned char>(line[at]) & 0xC0U) != 0x80U && ++columns > width) {
      return line.substr(0, at);
    }
  }
  return line;
}

class Page {
 public:
  Page(unsigned width, Paint paint) : width_(width), paint_(paint) {}

  void line(const std::string& words, Tone tone = Tone::plain) {
    const std::string shown = cut(words, width_);
    lines_.push_back(
        paint_ == Paint::none || tone == Tone::plain ? shown : escape(tone) + shown + "\x1b[0m");
  }
  void gap() { lines_.emplace_back(); }
  unsigned width() const noexcept { return width_; }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  static std::string escape(Tone tone) {
    switch (tone) {
      case Tone::good:
        return "\x1b[32m";
      case Tone::doubtful:
        return "\x1b[33m";
      case Tone::bad:
        return "\x1b[31m";
      case Tone::strong:
        return "\x1b[1m";
      case Tone::plain:
        break;
    }
    return "";
  }

  unsigned width_;
  Paint paint_;
  std::vector<std::string> lines_;
};

std::uint64_t of_state(const Look& look, const std::string& state) {
  const auto found = look.stats.members_by_state.find(state);
  return found == look.stats.members_by_state.end() ? 0 : found->second;
}

// Of the active members that were synced at all, the part that was within so many seconds.
double fresh_share(const Look& look, double within_seconds) {
  const auto synced = static_cast<double>(look.stats.members_synced);
  for (const auto& [bound, members] : look.stats.freshness) {
    if (bound >= within_seconds) {
      return synced == 0 ? 1 : std::min(static_cast<double>(members) / synced, 1.0);
    }
  }
  return 0;
}

// "", or who waits for a first sync.
std::string never_synced(const Look& look) {
  const std::uint64_t active = of_state(look, "active");
  return active <= look.stats.members_synced
             ? ""
             : "   " + grouped(active - look.stats.members_synced) + " never synced";
}

std::string bar(double share, unsigned cells) {
  const auto full = static_cast<unsigned>(std::floor(share * cells + 1e-9));
  std::string drawn;
  for (unsigned at = 0; at < cells; ++at) {
    drawn += at < full ? "█" : "░";
  }
  return drawn;
}

void draw_head(Page& page, const Look& look) {
  const auto of_day =
      std::chrono::floor<std::chrono::seconds>(look.at.time_since_epoch()) % std::chrono::days(1);
  const std::chrono::hh_mm_ss clock(of_day);
  std::string head =
      text("claimferry top  %02d:%02d:%02d UTC", static_cast<int>(clock.hours().count()),
           static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  const std::string redis = text("Redis %.1f ms  %s%s  AOF %s", look.redis.latency_seconds * 1'000,
                                 bytes_text(look.redis.memory_used_bytes).c_str(),
                                 look.redis.memory_max_bytes == 0
                                     ? ""
                                     : (" of " + bytes_text(look.redis.memory_max_bytes)).c_str(),
                                 look.redis.is_aof_on ? "on" : "off");
  const std::size_t taken = columns_of(head) + columns_of(redis);
  head += std::string(taken < page.width() ? page.width() - taken : 2, ' ') + redis;
  page.line(head, Tone::strong);
  if (!look.trouble.empty()) {
    page.line("Redis does not answer: " + look.trouble, Tone::bad);
    page.line("what follows is of an earlier look", Tone::bad);
  } else if (!look.redis.never_evicts || !look.redis.is_persisting) {
    page.line(!look.redis.never_evicts
                  ? "Redis may throw jobs away: set maxmemory-policy noeviction"
                  : "Redis does not persist: look at its log and its disk",
              Tone::bad);
  }
}

void draw_members(Page& page, const Look& look) {
  page.gap();
  page.line(text("members    %s active   %s must consent again   %s leaving   %s due",
                 grouped(of_state(look, "active")).c_str(),
                 grouped(of_state(look, "reconsent")).c_str(),
                 grouped(of_state(look, "erasing")).c_str(), grouped(look.stats.due_now).c_str()));
  const double day = fresh_share(look, 2 * day_seconds);
  page.line(text("fresh      %s %5.1f %% within two days", bar(day, 20).c_str(), day * 100) +
                never_synced(look),
            day >= 0.99  ? Tone::good
            : day >= 0.9 ? Tone::doubtful
                         : Tone::bad);
  page.line(text("           1 h %.0f %%   6 h %.0f %%   12 h %.0f %%   1 d %.0f %%   7 d %.0f %%",
                 fresh_share(look, 3'600) * 100, fresh_share(look, 6 * 3'600) * 100,
                 fresh_share(look, 12 * 3'600) * 100, fresh_share(look, day_seconds) * 100,
                 fresh_share(look, 7 * day_seconds) * 100));
}

std::string drain_text(const Look& look) {
  if (!look.drain_seconds) {
    return "until all is done: not known yet";
  }
  if (*look.drain_seconds == 0) {
    return "nothing waits";
  }
  return *look.drain_seconds >= never_seconds ? "nothing moves"
                                              : "all done in " + span_text(*look.drain_seconds);
}

void draw_queue(Page& page, const Look& look) {
  page.gap();
  page.line("lane         waiting   the oldest", Tone::strong);
  for (const char* lane : {"urgent", "routine", "backfill"}) {
    const auto waiting = look.stats.ready_by_lane.find(lane);
    const auto oldest = look.stats.oldest_ready.find(lane);
    const bool none = waiting == look.stats.ready_by_lane.end() || waiting->second == 0;
    page.line(text("%-10s %9s   %s", lane, none ? "0" : grouped(waiting->second).c_str(),
                   none || oldest == look.stats.oldest_ready.end()
                       ? "-"
                       : span_text(std::chrono::duration<double>(oldest->second).count()).c_str()));
  }
  page.line(text("%s run, %s delayed, %s dead, %s of batches not queued yet",
                 grouped(look.stats.running).c_str(), grouped(look.stats.delayed).c_str(),
                 grouped(look.stats.dead).c_str(), grouped(look.stats.batch_jobs_left).c_str()));
  page.line(text("pace       %.1f jobs/s   %s", look.jobs_a_second, drain_text(look).c_str()),
            look.drain_seconds.value_or(0) >= never_seconds ? Tone::doubtful : Tone::plain);
  const bool has_none = look.stats.workers == 0;
  page.line(text("workers    %s there, %s of use", grouped(look.stats.workers).c_str(),
                 grouped(look.desired_workers).c_str()),
            has_none ? Tone::bad : Tone::plain);
  if (!look.stats.has_leader) {
    page.line("no scheduler leads: nothing is planned, and no delayed job comes back", Tone::bad);
  }
}

void draw_payers(Page& page, const Look& look) {
  page.gap();
  for (const auto& [payer, granted] : look.stats.granted) {
    const auto stopped = look.stats.grants_stopped.find(payer);
    const bool refreshing_stopped = stopped != look.stats.grants_stopped.end() && stopped->second;
    const std::string rate = granted.requests_a_second == 0
                                 ? "no limit known"
                                 : text("%.1f requests/s", granted.requests_a_second);
    page.line(text("payer      %-16s %s%s%s", payer.c_str(), rate.c_str(),
                   granted.is_held ? "   held: a 429, or an outage" : "",
                   refreshing_stopped ? "   refreshing is stopped" : ""),
              refreshing_stopped ? Tone::bad
              : granted.is_held  ? Tone::doubtful
                                 : Tone::plain);
  }
  std::string paused;
  for (const auto& [scope, number] : look.stats.pauses) {
    if (number > 0) {
      paused += "   " + grouped(number) + " " + scope;
    }
  }
  if (!paused.empty()) {
    page.line("paused  " + paused, Tone::doubtful);
  }
}

void draw_trouble(Page& page, const Look& look) {
  if (look.stats.erasures_overdue > 0) {
    page.line(text("erasures   %s are overdue", grouped(look.stats.erasures_overdue).c_str()),
              Tone::bad);
  }
  if (look.stats.dead == 0) {
    return;
  }
  page.gap();
  for (const std::string& line : look.dead) {
    page.line(line);
  }
}

}  // namespace

std::string span_text(double seconds) {
  struct Unit {
    double seconds;
    const char* name;
  };
  constexpr Unit units[] = {{day_seconds, "d"}, {3'600, "h"}, {60, "min"}};
  for (const Unit& unit : units) {
    if (seconds >= 2 * unit.seconds) {
      return text("%.0f %s", std::floor(seconds / unit.seconds), unit.name);
    }
  }
  return text("%.0f s", std::floor(seconds));
}

std::vector<std::string> draw(const Look& look, unsigned width, Paint paint) {
  Page page(width, paint);
  draw_head(page, look);
  draw_members(page, look);
  draw_queue(page, look);
  draw_payers(page, look);
  draw_trouble(page, look);
  return page.take();
}

std::string look_json(const Look& look) {
  namespace json = boost::json;
  const auto counts = [](const auto& map) {
    json::object object;
    for (const auto& [name, count] : map) {
      object[name] = count;
    }
    return object;
  };
  json::object object;
  object["at_ms"] = look.at.time_since_epoch().count();
  object["redis_up"] = look.trouble.empty();
  object["redis_latency_seconds"] = look.redis.latency_seconds;
  object["members"] = counts(look.stats.members_by_state);
  object["members_due"] = look.stats.due_now;
  object["fresh_within_two_days"] = fresh_share(look, 2 * day_seconds);
  object["ready"] = counts(look.stats.ready_by_lane);
  object["running"] = look.stats.running;
  object["delayed"] = look.stats.delayed;
  object["dead"] = look.stats.dead;
  object["pauses"] = counts(look.stats.pauses);
  object["workers"] = look.stats.workers;
  object["desired_workers"] = look.desired_workers;
  object["jobs_a_second"] = look.jobs_a_second;
  object["drain_eta_seconds"] =
      look.drain_seconds ? json::value(*look.drain_seconds) : json::value(nullptr);
  object["has_leader"] = look.stats.has_leader;
  json::object payers;
  for (const auto& [payer, granted] : look.stats.granted) {
    payers[payer] = {{"requests_a_second", granted.requests_a_second}, {"held", granted.is_held}};
  }
  object["payers"] = std::move(payers);
  return json::serialize(object);
}

}  // namespace claimferry::ctl
