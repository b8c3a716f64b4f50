// What the sandbox's model includes, parsed once.
#pragma once

#include "common/base/precompiled.hpp"

#include <boost/json.hpp>
