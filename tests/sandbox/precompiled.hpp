// What the sandbox's model includes, parsed once.
#pragma once

#include <boost/json.hpp>

#include "common/base/precompiled.hpp"
