// What most tests include, parsed once for all of them.
#pragma once

#include "common/async/precompiled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>
