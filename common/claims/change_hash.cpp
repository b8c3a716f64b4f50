#include "common/claims/change_hash.hpp"

#include <algorithm>
#include <charconv>

namespace claimferry::claims {
namespace {

// RFC 6901 §4: "~1" is '/', "~0" is '~'.
std::string unescaped(std::string_view token) {
  std::string text;
  for (std::size_t at = 0; at < token.size(); ++at) {
    const auto two = token.substr(at, 2);
    if (two == "~0" || two == "~1") {
      text += two == "~0" ? '~' : '/';
      ++at;
    } else {
      text += token[at];
    }
  }
  return text;
}

JsonView element_at(JsonView array, std::string_view index_text) {
  std::size_t index = 0;
  const auto [end, ec] =
      std::from_chars(index_text.data(), index_text.data() + index_text.size(), index);
  JsonView found;
  if (ec == std::errc() && end == index_text.data() + index_text.size()) {
    array.any([&](JsonView element) {
      found = element;
      return index-- == 0;
    });
  }
  return index == static_cast<std::size_t>(-1) ? found : JsonView();
}

JsonView resolve(const JsonTape& tape, std::string_view pointer) {
  JsonView place(tape, 0);
  while (place.exists() && !pointer.empty()) {
    pointer.remove_prefix(1);
    const auto slash = std::min(pointer.find('/'), pointer.size());
    const std::string token = unescaped(pointer.substr(0, slash));
    place = place.is(JsonKind::array) ? element_at(place, token) : place[token];
    pointer.remove_prefix(slash);
  }
  return place;
}

void append_sized(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out.append(text);
}

}  // namespace

Sha256 change_hash(const JsonTape& tape, const std::vector<std::string>& volatile_pointers,
                   std::string& scratch) {
  std::vector<std::uint32_t> left_out;
  for (const std::string& pointer : volatile_pointers) {
    if (const JsonView place = resolve(tape, pointer); place.exists() && place.index() > 0) {
      left_out.push_back(place.index());
    }
  }
  scratch.clear();
  std::vector<std::uint32_t> open;  // ends of the containers around
  for (std::uint32_t at = 0; at < tape.size();) {
    while (!open.empty() && open.back() == at) {
      open.pop_back();
      scratch += ')';
    }
    const JsonNode& node = tape[at];
    if (std::ranges::find(left_out, at) != left_out.end()) {
      at = node.end;
      continue;
    }
    scratch += static_cast<char>('a' + static_cast<int>(node.kind));
    append_sized(scratch, node.key);
    append_sized(scratch, node.text);
    if (node.kind == JsonKind::object || node.kind == JsonKind::array) {
      open.push_back(node.end);
    }
    ++at;
  }
  return sha256(scratch);
}

}  // namespace claimferry::claims
