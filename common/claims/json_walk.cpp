#include "common/claims/json_walk.hpp"

#include <cstring>

#include "common/base/limits.hpp"
#include "common/claims/decimal.hpp"

namespace claimferry::claims {

using simdjson::error_code;
namespace ondemand = simdjson::ondemand;

error_code JsonWalk::push(JsonKind kind, std::string_view text) {
  if (nodes_left_ == 0) {
    return simdjson::CAPACITY;
  }
  --nodes_left_;
  const auto end = static_cast<std::uint32_t>(tape_.size() + 1);
  tape_.emplace_back(key_, text, end, kind);
  key_ = {};
  return simdjson::SUCCESS;
}

error_code JsonWalk::key(ondemand::field& field, std::string_view& key) {
  // Stage 1 has checked that the string ends; a key with escapes is rare and copied.
  const char* begin = field.key().raw();
  const char* end = begin;
  while (*end != '"' && *end != '\\') {
    ++end;
  }
  if (*end == '"') {
    key = std::string_view(begin, static_cast<std::size_t>(end - begin));
    return simdjson::SUCCESS;
  }
  std::string_view unescaped;
  if (const auto error = field.unescaped_key().get(unescaped)) {
    return error;
  }
  key = texts_.add(unescaped);
  return simdjson::SUCCESS;
}

error_code JsonWalk::value(ondemand::value& value, unsigned depth) {
  std::string_view token = value.raw_json_token();
  switch (token.front()) {
    case '{': {
      auto object = value.get_object();
      return object.error() ? object.error()
                            : this->object(std::move(object).value_unsafe(), depth);
    }
    case '[': {
      auto array = value.get_array();
      return array.error() ? array.error() : this->array(std::move(array).value_unsafe(), depth);
    }
    case '"':
      return string(value, token);
    default:
      return scalar(token);
  }
}

error_code JsonWalk::object(ondemand::object&& object, unsigned depth) {
  if (depth >= limits::json_depth_max) {
    return simdjson::DEPTH_ERROR;
  }
  const std::size_t self = tape_.size();
  if (const auto error = push(JsonKind::object, {})) {
    return error;
  }
  for (auto item : object) {
    if (const auto error = item.error()) {
      return error;
    }
    ondemand::field&& field = std::move(item).value_unsafe();
    if (const auto error = key(field, key_)) {
      return error;
    }
    if (const auto error = value(field.value(), depth + 1)) {
      return error;
    }
  }
  tape_[self].end = static_cast<std::uint32_t>(tape_.size());
  return simdjson::SUCCESS;
}

error_code JsonWalk::array(ondemand::array&& array, unsigned depth) {
  if (depth >= limits::json_depth_max) {
    return simdjson::DEPTH_ERROR;
  }
  const std::size_t self = tape_.size();
  if (const auto error = push(JsonKind::array, {})) {
    return error;
  }
  for (auto item : array) {
    if (const auto error = item.error()) {
      return error;
    }
    ondemand::value&& element = std::move(item).value_unsafe();
    if (const auto error = value(element, depth + 1)) {
      return error;
    }
  }
  tape_[self].end = static_cast<std::uint32_t>(tape_.size());
  return simdjson::SUCCESS;
}

error_code JsonWalk::string(ondemand::value& value, std::string_view token) {
  const auto last_quote = token.rfind('"');
  if (last_quote == 0) {
    return simdjson::STRING_ERROR;
  }
  const auto inside = token.substr(1, last_quote - 1);
  if (std::memchr(inside.data(), '\\', inside.size()) == nullptr) {
    return push(JsonKind::string, inside);
  }
  std::string_view unescaped;
  if (const auto error = value.get_string().get(unescaped)) {
    return error;
  }
  return push(JsonKind::string, texts_.add(unescaped));
}

error_code JsonWalk::scalar(std::string_view token) {
  const auto end = token.find_last_not_of(" \t\r\n");
  token = token.substr(0, end + 1);
  if (token == "true") {
    return push(JsonKind::literal_true, token);
  }
  if (token == "false") {
    return push(JsonKind::literal_false, token);
  }
  if (token == "null") {
    return push(JsonKind::null, token);
  }
  return is_json_number(token) ? push(JsonKind::number, token) : simdjson::NUMBER_ERROR;
}

}  // namespace claimferry::claims
