#include "common/base/form.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace claimferry {
namespace {

constexpr std::size_t pairs_max = 64;

}  // namespace

std::optional<Form> Form::parse(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    auto name = form_decode(pair.substr(0, equals));
    auto value = form_decode(equals == std::string_view::npos ? std::string_view()
                                                              : pair.substr(equals + 1));
    if (!name || !value || form.pairs_.size() == pairs_max) {
      return std::nullopt;
    }
    form.pairs_.emplace_back(std::move(*name), std::move(*value));
  }
  return form;
}

std::optional<std::string_view> Form::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(pairs_, name, &std::pair<std::string, std::string>::first);
  if (found == pairs_.end() || repeats(name)) {
    return std::nullopt;
  }
  return found->second;
}

bool Form::repeats(std::string_view name) const noexcept {
  return std::ranges::count(pairs_, name, &std::pair<std::string, std::string>::first) > 1;
}

}  // namespace claimferry
