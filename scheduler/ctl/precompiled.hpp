// What nearly every command includes.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "common/async/precompiled.hpp"
