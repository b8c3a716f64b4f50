// The configuration out of a TOML file, the environment over it, and flags over both. Every mistake
// is reported, not only the first, each with its place and a fix; no value is ever repeated that
// could be a secret.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/config/config.hpp"

namespace claimferry::config {

struct Problem {
  std::string place;  // "claimferry.toml:12:3", "environment CLAIMFERRY_WORKER__SLOTS"
  std::string key;    // "worker.slots"; may be empty
  std::string what;   // one sentence: what is wrong and how to fix it

  std::string str() const;
};

struct Sources {
  std::string toml;
  std::string file;  // how the TOML's place is called
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

// Whether the files that the configuration names are there and hold what they should.
std::vector<Problem> check_files(const Config& config);

// The first line of a file that holds a secret. permanent/"secret_file": names the file, never its
// content.
Result<Secret> read_secret_file(const std::string& path);

// Every key with its effective value, as TOML.
std::string show(const Config& config);

}  // namespace claimferry::config
