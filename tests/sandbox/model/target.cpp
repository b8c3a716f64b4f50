#include "tests/sandbox/model/target.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace claimferry::sandbox {
namespace {

std::vector<Parameter> parse_parameters(std::string_view query, bool plus_is_space) {
  std::vector<Parameter> parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    const std::string_view raw = pair.substr(std::min(equals + 1, pair.size()));
    if (!pair.empty()) {
      parameters.push_back({percent_decode(name, plus_is_space).value_or(std::string(name)),
                            std::string(raw),
                            percent_decode(raw, plus_is_space).value_or(std::string(raw))});
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return parameters;
}

bool is_unreserved(char letter) noexcept {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_' ||
         letter == '~';
}

}  // namespace

const Parameter* Target::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

std::string Target::query_without(std::string_view first, std::string_view second) const {
  std::string query;
  for (const Parameter& parameter : parameters) {
    if (parameter.name == first || parameter.name == second) {
      continue;
    }
    query += query.empty() ? "" : "&";
    query += percent_encode(parameter.name) + "=" + parameter.raw;
  }
  return query;
}

Target parse_target(std::string_view target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  const std::string_view query = target.substr(std::min(question + 1, target.size()));
  return {std::string(target.substr(0, question)), parse_parameters(query, false)};
}

std::vector<Parameter> parse_form(std::string_view form) {
  return parse_parameters(form, true);
}

std::string_view value_of(const std::vector<Parameter>& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? std::string_view() : found->value;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += plus_is_space && text[at] == '+' ? ' ' : text[at];
      continue;
    }
    const std::optional<std::string> byte = from_hex(text.substr(at + 1, 2));
    if (!byte || byte->size() != 1) {
      return std::nullopt;
    }
    decoded += *byte;
    at += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char letter : text) {
    if (is_unreserved(letter)) {
      encoded += letter;
    } else {
      encoded += "%" + to_hex(std::string_view(&letter, 1));
    }
  }
  return encoded;
}

}  // namespace claimferry::sandbox
