// Settings as JSON, both ways. A patch applies whole or not at all: unknown keys, wrong types and
// values out of range are refused by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/model/limit_settings.hpp"
#include "tests/sandbox/model/settings.hpp"

namespace claimferry::sandbox {

// What is wrong with the patch, or nothing when it was applied.
std::optional<std::string> patch(Modes& modes, std::string_view json);
std::optional<std::string> patch(Faults& faults, std::string_view json);
std::optional<std::string> patch(Limits& limits, std::string_view json);

std::string describe(const Modes& modes);
std::string describe(const Faults& faults);
std::string describe(const Limits& limits);

}  // namespace claimferry::sandbox
