// ApiKeys: who may ask for enrolments. A file of `name:key` lines; the name goes into the audit as
// who asked, the key never anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace claimferry::enroll {

class ApiKeys {
 public:
  // Blank lines and lines that begin with # say nothing. Failures are permanent/"api_key_file":
  // they name the file, the line and the fix, never a key.
  static Result<ApiKeys> parse(const Secret& text, std::string_view source);
  // Refuses a file that anyone but its owner may read.
  static Result<ApiKeys> load(const std::string& path);

  // The name whose key an Authorization header ("Bearer KEY") carries. Looks at every key in
  // constant time, so that nothing tells how near a guess came.
  std::optional<std::string> caller(const Secret& authorization) const;

 private:
  struct Key {
    std::string name;
    std::string digest;  // SHA-256: of equal length whatever was sent
  };
  explicit ApiKeys(std::vector<Key> keys) : keys_(std::move(keys)) {}

  std::vector<Key> keys_;
};

}  // namespace claimferry::enroll
