// Every key of the configuration, once: its name, what it expects, how it is set and shown. The
// loader, `config show` and the did-you-mean read this table.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/config.hpp"
#include "common/config/value.hpp"

namespace claimferry::config {

template <class Owner>
struct Key {
  std::string name;                               // "worker.slots"; of a payer: "quota.rate"
  std::string expects;                            // "a whole number from 1 to 64"
  std::function<bool(Owner&, const Value&)> set;  // false: not what is expected
  std::function<std::string(const Owner&)> show;
};

const std::vector<Key<Config>>& keys();
const std::vector<Key<PayerConfig>>& payer_keys();

}  // namespace claimferry::config
