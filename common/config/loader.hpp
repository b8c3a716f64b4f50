// The configuration out of a TOML file, the environment over it, and flags over both. Every mistake
// is reported, not only the first, each with its place and a fix; no value is ever repeated that
// could be a secret.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/config/config.hpp"
#include "common/config/problem.hpp"

namespace claimferry::config {

struct Sources {
  std::optional<std::string> toml;  // nothing: the file cannot be read
  std::string file;                 // how the TOML's place is called
  // Names and values. CLAIMFERRY_WORKER__SLOTS: '.' is "__", '-' is '_'.
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::pair<std::string, std::string>> flags;  // key, value
};

struct Loaded {
  Config config;
  std::vector<Problem> problems;  // empty: the configuration may be used
};

Loaded load(const Sources& sources);

// The file (--config, else CLAIMFERRY_CONFIG, else ./claimferry.toml) and this process's
// environment; a file that cannot be read is one of the problems.
Loaded load_from_process(const std::string& config_flag,
                         std::vector<std::pair<std::string, std::string>> flags = {});

// Every key with its effective value, as TOML.
std::string show(const Config& config);
std::string show_json(const Config& config);  // the same as one object of tables

}  // namespace claimferry::config
