// The tail that EVAL and FCALL share: numkeys key… argument…, from the third word on.
#pragma once

#include <optional>
#include <string>

#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {

struct KeysAndArguments {
  std::optional<redis::Error> problem;
  Arguments keys;
  Arguments arguments;
};

// The command has three words at least. no_number: what Redis answers when the third is none.
inline KeysAndArguments keys_and_arguments(const Arguments& command, const char* no_number) {
  const auto count = parse_integer(command[2]);
  if (!count) {
    return {redis::Error{no_number}, {}, {}};
  }
  if (*count > static_cast<std::int64_t>(command.size()) - 3) {
    return {redis::Error{"ERR Number of keys can't be greater than number of args"}, {}, {}};
  }
  if (*count < 0) {
    return {redis::Error{"ERR Number of keys can't be negative"}, {}, {}};
  }
  const auto keys_begin = command.begin() + 3;
  const auto keys_end = keys_begin + static_cast<std::ptrdiff_t>(*count);
  return {std::nullopt, Arguments(keys_begin, keys_end), Arguments(keys_end, command.end())};
}

}  // namespace claimferry::world
