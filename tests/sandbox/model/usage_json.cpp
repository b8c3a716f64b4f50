#include "tests/sandbox/model/usage_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <boost/json.hpp>

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

constexpr std::int64_t second_ms = 1000;

std::optional<std::int64_t> read_ms(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, value);
  const bool whole = ec == std::errc() && stop == end && value >= 0;
  return whole && value <= std::int64_t{1'000'000'000'000} ? std::optional(value) : std::nullopt;
}

// Most rates are whole; others are told to a thousandth.
json::value number(double value) {
  const double rounded = std::round(value * 1000) / 1000;
  if (rounded == std::floor(rounded) && std::abs(rounded) < 9e15) {
    return static_cast<std::int64_t>(rounded);
  }
  return rounded;
}

json::object describe(const Usage::Counts& counts, std::optional<double> allowed) {
  json::object object;
  object["requests"] = counts.requests();
  object["granted"] = counts.granted;
  object["refused"] = counts.refused;
  object["allowed"] = allowed ? number(*allowed) : json::value();
  object["requests_during_retry_after"] = counts.during_retry_after;
  return object;
}

}  // namespace

UsageSpan whole_usage(const Usage& usage, WallTime now) {
  UsageSpan span;
  span.end = usage.second_of(now) + 1;
  span.first_kept = usage.first_kept(now);
  span.begun = usage.begun(now);
  span.now = std::max(now, span.begun);
  return span;
}

std::optional<std::string> read(const std::vector<Parameter>& parameters, UsageSpan& span) {
  const std::int64_t now_ms = (span.now - span.begun).count();
  std::int64_t since_ms = 0;
  std::int64_t until_ms = span.end * second_ms;
  for (const Parameter& parameter : parameters) {
    if (parameter.name != "since_ms" && parameter.name != "until_ms") {
      return "unknown parameter " + parameter.name + "; known are since_ms and until_ms";
    }
    const auto value = read_ms(parameter.value);
    if (!value) {
      return parameter.name + " wants a whole number of ms after the limits were set, such as " +
             parameter.name + "=60000";
    }
    (parameter.name == "since_ms" ? since_ms : until_ms) = *value;
    span.whole = false;
  }
  if (since_ms > now_ms) {
    return "since_ms=" + std::to_string(since_ms) + " is yet to come: the limits were set " +
           std::to_string(now_ms) + " ms ago; ask for less, or later";
  }
  if (since_ms >= until_ms) {
    return "no second lies between since_ms=" + std::to_string(since_ms) +
           " and until_ms=" + std::to_string(until_ms) + "; until_ms must be the greater one";
  }
  span.first = since_ms / second_ms;
  span.end = std::min((until_ms + second_ms - 1) / second_ms, span.end);
  if (!span.whole && span.first < span.first_kept) {
    return "seconds before since_ms=" + std::to_string(span.first_kept * second_ms) +
           " are forgotten; begin there or later, or ask without a span for the totals of all";
  }
  return std::nullopt;
}

std::string describe(const PayerLimits& limits, const UsageSpan& span) {
  const Usage& usage = limits.usage();
  const auto moment = [&span](std::int64_t second) {
    return std::min(span.begun + std::chrono::seconds(second), span.now);
  };
  json::array seconds;
  for (auto second = std::max(span.first, span.first_kept); second < span.end; ++second) {
    json::object told =
        describe(usage.sum(second, second + 1), limits.allowed(moment(second), moment(second + 1)));
    told["since_ms"] = second * second_ms;
    seconds.push_back(std::move(told));
  }
  json::object object;
  object["since_ms"] = span.first * second_ms;
  object["until_ms"] = (moment(span.end) - span.begun).count();
  object["totals"] = describe(span.whole ? usage.totals() : usage.sum(span.first, span.end),
                              limits.allowed(moment(span.first), moment(span.end)));
  object["seconds"] = std::move(seconds);
  return json::serialize(object);
}

}  // namespace claimferry::sandbox
