// The first line of a function library, "#!lua name=claimferry", and the names that Redis takes.
// Quoted words, which Redis takes too, are not known here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace claimferry::world {

struct LibraryHeader {
  std::string name;
  std::string_view body;  // begins with the line's end, so that Lua counts lines as Redis does
};

// Throws CommandError in Redis' words.
LibraryHeader library_header(std::string_view code);

// What it answers where a name of a library or function is none.
constexpr const char* bad_library_name =
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one "
    "character long";
bool is_library_name(std::string_view name);

}  // namespace claimferry::world
