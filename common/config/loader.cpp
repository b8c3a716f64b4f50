#include "common/config/loader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "common/config/check.hpp"
#include "common/config/environment.hpp"
#include "common/config/keys.hpp"
#include "common/config/suggest.hpp"

namespace claimferry::config {
namespace {

constexpr std::string_view payer_prefix = "payer.";

std::optional<Value> value_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) {
    return Value(*text);
  }
  if (const auto whole = node.value_exact<std::int64_t>()) {
    return Value(*whole);
  }
  if (const auto number = node.value_exact<double>()) {
    return Value(*number);
  }
  if (const auto flag = node.value_exact<bool>()) {
    return Value(*flag);
  }
  if (const auto* array = node.as_array()) {
    TextList list;
    for (const toml::node& item : *array) {
      if (const auto text = item.value_exact<std::string>()) {
        list.push_back(*text);
      } else {
        return std::nullopt;
      }
    }
    return Value(std::move(list));
  }
  if (const auto* table = node.as_table()) {
    TextPairs pairs;
    for (const auto& [key, item] : *table) {
      if (const auto text = item.value_exact<std::string>()) {
        pairs.emplace_back(std::string(key.str()), *text);
      } else {
        return std::nullopt;
      }
    }
    return Value(std::move(pairs));
  }
  return std::nullopt;
}

template <class Owner>
const Key<Owner>* find(const std::vector<Key<Owner>>& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Key<Owner>::name);
  return found == table.end() ? nullptr : &*found;
}

class Loader {
 public:
  explicit Loader(const Sources& sources) : sources_(sources) {}

  Loaded run() {
    read_toml();
    read_environment();
    for (const auto& [key, text] : sources_.flags) {
      if (!hangs_on_the_file(key)) {
        set(key, Value(text), "--set " + key);
      }
    }
    // Of a file that was not read, no more is known than that: what it lacks is not missing.
    if (file_was_read_) {
      for (Problem& problem : complete_and_check(loaded_.config)) {
        problem.place = place_of(problem.key);
        loaded_.problems.push_back(std::move(problem));
      }
    }
    return std::move(loaded_);
  }

 private:
  void report(std::string place, std::string key, std::string what) {
    loaded_.problems.push_back({std::move(place), std::move(key), std::move(what)});
  }

  std::string place(const toml::source_region& region) const {
    return sources_.file + ":" + std::to_string(region.begin.line) + ":" +
           std::to_string(region.begin.column);
  }
  // Where a key was last set, or its section, or the file.
  std::string place_of(const std::string& key) const {
    for (std::string name = key;; name.resize(name.rfind('.'))) {
      const auto found =
          std::ranges::find(places_, name, &std::pair<std::string, std::string>::first);
      if (found != places_.end()) {
        return found->second;
      }
      if (name.find('.') == std::string::npos) {
        return sources_.file;
      }
    }
  }

  void read_toml() {
    if (!sources_.toml) {
      return;
    }
    try {
      const toml::table root = toml::parse(*sources_.toml, sources_.file);
      file_was_read_ = true;
      read_table(root, "");
    } catch (const toml::parse_error& error) {
      report(place(error.source()), "",
             "is not TOML: " + std::string(error.description()) + "; correct this place");
    }
  }

  // A payer's keys are known only once the file has named the payer.
  bool hangs_on_the_file(const std::string& key) const {
    return !file_was_read_ && key.starts_with(payer_prefix);
  }

  static bool is_leaf(const std::string& name, const toml::node& node) {
    return !node.is_table() || name.ends_with(".next_rewrite");
  }

  void read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const std::string where = place(key.source());
      places_.insert(places_.begin(), {name, where});
      if (!is_leaf(name, node)) {
        if (add_payer(name, where)) {
          read_table(*node.as_table(), name + ".");
        }
      } else if (const auto value = value_of(node)) {
        set(name, *value, where);
      } else {
        report(where, name, "has a value of a kind that no key takes; " + expectation(name));
      }
    }
  }

  static bool is_payer(const std::string& name) {
    return name.starts_with(payer_prefix) &&
           name.find('.', payer_prefix.size()) == std::string::npos;
  }

  // "payer.NAME" becomes a payer, once; false: its keys can belong to nobody.
  bool add_payer(const std::string& name, const std::string& where) {
    if (!is_payer(name)) {
      return true;
    }
    const auto payer = PayerName::parse(name.substr(payer_prefix.size()));
    if (!payer) {
      report(where, name, "is no name for a payer: letters, digits, '-' and '_', 32 at most");
      return false;
    }
    loaded_.config.payers.emplace_back(*payer);
    return true;
  }

  struct PayerKey {
    PayerConfig* payer = nullptr;
    const Key<PayerConfig>* key = nullptr;
    std::string name;  // behind the payer's
  };
  PayerKey find_payer_key(const std::string& name) {
    PayerKey found;
    const auto dot = name.find('.', payer_prefix.size());
    if (!name.starts_with(payer_prefix) || dot == std::string::npos) {
      return found;
    }
    found.name = name.substr(dot + 1);
    const auto payer_name = name.substr(payer_prefix.size(), dot - payer_prefix.size());
    for (PayerConfig& payer : loaded_.config.payers) {
      if (payer.name.str() == payer_name) {
        found.payer = &payer;
        found.key = find(payer_keys(), found.name);
      }
    }
    return found;
  }

  std::string expectation(const std::string& name) {
    const PayerKey payer_key = find_payer_key(name);
    const Key<Config>* key = find(keys(), name);
    const std::string_view expects = payer_key.key != nullptr ? payer_key.key->expects
                                     : key != nullptr         ? key->expects
                                                              : std::string_view("another value");
    return "write " + std::string(expects);
  }

  void set(const std::string& name, const Value& value, const std::string& where) {
    const PayerKey payer_key = find_payer_key(name);
    const Key<Config>* key = find(keys(), name);
    bool fits = false;
    if (payer_key.key != nullptr) {
      fits = payer_key.key->set(*payer_key.payer, value);
    } else if (key != nullptr) {
      fits = key->set(loaded_.config, value);
    } else {
      report_unknown(name, payer_key, where);
      return;
    }
    if (!fits) {
      report(where, name, "has a value that does not fit; " + expectation(name));
    }
    places_.insert(places_.begin(), {name, where});
  }

  void report_unknown(const std::string& name, const PayerKey& payer_key,
                      const std::string& where) {
    std::vector<std::string> known;
    std::string prefix;
    if (payer_key.payer != nullptr) {
      prefix = std::string(payer_prefix) + payer_key.payer->name.str() + ".";
      for (const auto& key : payer_keys()) {
        known.push_back(prefix + key.name);
      }
    } else {
      for (const auto& key : keys()) {
        known.push_back(key.name);
      }
    }
    const std::string near = nearest(name, known);
    report(where, name,
           near.empty() ? "is no key; see deploy/config for all of them"
                        : "is no key; did you mean " + near + "?");
  }

  void read_environment() {
    std::vector<std::pair<std::string, std::string>> names;  // of the variable, of the key
    for (const auto& key : keys()) {
      names.emplace_back(environment_name(key.name), key.name);
    }
    for (const PayerConfig& payer : loaded_.config.payers) {
      for (const auto& key : payer_keys()) {
        const std::string name = std::string(payer_prefix) + payer.name.str() + "." + key.name;
        names.emplace_back(environment_name(name), name);
      }
    }
    for (const auto& [variable, text] : sources_.environment) {
      read_variable(variable, text, names);
    }
  }

  void read_variable(const std::string& variable, const std::string& text,
                     const std::vector<std::pair<std::string, std::string>>& names) {
    if (!variable.starts_with(environment_prefix)) {
      return;
    }
    const std::string where = "environment " + variable;
    for (const auto& [name, key] : names) {
      if (name == variable) {
        set(key, Value(text), where);
        return;
      }
    }
    const bool of_a_payer = variable.starts_with(environment_name(payer_prefix));
    if (is_no_setting(variable, text) || (of_a_payer && !file_was_read_)) {
      return;
    }
    std::vector<std::string> known;
    known.reserve(names.size());
    for (const auto& [name, key] : names) {
      known.push_back(name);
    }
    const std::string near = nearest(variable, known);
    report(where, "",
           near.empty() ? "names no key; unset it" : "names no key; did you mean " + near + "?");
  }

  const Sources& sources_;
  Loaded loaded_;
  bool file_was_read_ = false;
  std::vector<std::pair<std::string, std::string>> places_;  // key → place, latest first
};

}  // namespace

const PayerConfig* Config::payer(const PayerName& name) const noexcept {
  const auto found = std::ranges::find(payers, name, &PayerConfig::name);
  return found == payers.end() ? nullptr : &*found;
}

std::vector<PayerName> Config::payer_names() const {
  std::vector<PayerName> names;
  names.reserve(payers.size());
  for (const PayerConfig& each : payers) {
    names.push_back(each.name);
  }
  return names;
}

Loaded load(const Sources& sources) {
  return Loader(sources).run();
}

Loaded load_from_process(const std::string& config_flag,
                         std::vector<std::pair<std::string, std::string>> flags) {
  Sources sources;
  sources.flags = std::move(flags);
  const char* named = std::getenv("CLAIMFERRY_CONFIG");
  sources.file = !config_flag.empty() ? config_flag : named != nullptr ? named : "claimferry.toml";
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text(*variable);
    const auto equals = text.find('=');
    sources.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::ifstream file(sources.file);
  std::ostringstream text;
  text << file.rdbuf();
  struct stat status{};
  const bool is_folder = ::stat(sources.file.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  if (!file || is_folder) {
    const Problem unreadable{sources.file, "",
                             "cannot be read (" +
                                 std::string(std::strerror(is_folder ? EISDIR : errno)) +
                                 "); name the configuration with --config FILE or "
                                 "CLAIMFERRY_CONFIG"};
    Loaded loaded = load(sources);
    loaded.problems.insert(loaded.problems.begin(), unreadable);
    return loaded;
  }
  sources.toml = text.str();
  return load(sources);
}

std::string show(const Config& config) {
  std::string text;
  std::string section;
  const auto line = [&](const std::string& in, const std::string& key, const std::string& value) {
    if (in != section) {
      text += (text.empty() ? "[" : "\n[") + in + "]\n";
      section = in;
    }
    text += key + " = " + value + "\n";
  };
  for (const auto& key : keys()) {
    const auto dot = key.name.find('.');
    line(key.name.substr(0, dot), key.name.substr(dot + 1), key.show(config));
  }
  for (const PayerConfig& payer : config.payers) {
    for (const auto& key : payer_keys()) {
      line(std::string(payer_prefix) + payer.name.str(), key.name, key.show(payer));
    }
  }
  return text;
}

std::string show_json(const Config& config) {
  const toml::table all = toml::parse(show(config));
  std::ostringstream text;
  text << toml::json_formatter{all, toml::format_flags::quote_dates_and_times};
  return text.str();
}

}  // namespace claimferry::config
