#include "tests/world/keyspace/library_header.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw CommandError{"ERR " + why};
}

}  // namespace

bool is_library_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
}

LibraryHeader library_header(std::string_view code) {
  if (!code.starts_with("#!")) {
    refuse("Missing library metadata");
  }
  const auto line_end = code.find('\n');
  if (line_end == std::string_view::npos) {
    refuse("Invalid library metadata");
  }
  std::istringstream words{std::string(code.substr(0, line_end))};
  std::string engine;
  words >> engine;
  std::optional<std::string> name;
  for (std::string word; words >> word;) {
    if (!lower(word).starts_with("name=")) {
      refuse("Invalid metadata value given: " + word);
    }
    if (name) {
      refuse("Invalid metadata value, name argument was given multiple times");
    }
    name = word.substr(5);
  }
  if (!name) {
    refuse("Library name was not given");
  }
  if (!is_library_name(*name)) {
    refuse(bad_library_name);
  }
  if (lower(engine) != "#!lua") {
    refuse("Engine '" + engine.substr(2) + "' not found");
  }
  return {*std::move(name), code.substr(line_end)};
}

}  // namespace claimferry::world
