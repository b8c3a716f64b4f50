// The files that the configuration names: whether they are there and hold what they should, and how
// a secret is read out of one.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/config/config.hpp"
#include "common/config/problem.hpp"

namespace claimferry::config {

// Every mistake, each with its file as place. A path that is not set says nothing here.
std::vector<Problem> check_files(const Config& config);

// Without the white space behind it; empty when there is none.
std::string first_line(std::istream& text);

// permanent/"secret_file" where others than its reader may read it (base/private_file.hpp).
Result<void> check_private(const std::string& path);

// The first line of a file that holds a secret and is private. permanent/"secret_file": names the
// file, never its content.
Result<Secret> read_secret_file(const std::string& path);

// A payer's client secrets: the first two lines of such a file, the one to try first in front. Two
// while one is being replaced at the payer.
Result<std::vector<Secret>> read_client_secrets(const std::string& path);

}  // namespace claimferry::config
