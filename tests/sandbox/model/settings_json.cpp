#include "tests/sandbox/model/settings_json.hpp"

#include <algorithm>
#include <type_traits>

#include <boost/json.hpp>

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t texts_max = 16;

// Settings inside settings.
template <class T>
concept Group = std::is_same_v<T, Latency> || std::is_same_v<T, TokenFaults> ||
                std::is_same_v<T, LimitSettings> || std::is_same_v<T, RateChange>;

class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  template <class T>
  void operator()(std::string_view name, T& field) {
    known_ += known_.empty() ? "" : ", ";
    known_ += name;
    const auto found = object_.find(name);
    if (found != object_.end()) {
      ++matched_;
      read(name, found->value(), field);
    }
  }

  std::optional<std::string> complaint() const {
    if (!complaint_.empty()) {
      return complaint_;
    }
    if (matched_ != object_.size()) {
      return "unknown key; known are " + known_;
    }
    return std::nullopt;
  }

 private:
  void read(std::string_view name, const json::value& value, bool& field) {
    if (!value.is_bool()) {
      return complain(name, "wants true or false");
    }
    field = value.get_bool();
  }
  void read(std::string_view name, const json::value& value, unsigned& field) {
    if (!value.is_int64() || value.get_int64() < 1 || value.get_int64() > 1'000'000'000) {
      return complain(name, "wants a whole number from 1 to 1,000,000,000");
    }
    field = static_cast<unsigned>(value.get_int64());
  }
  void read(std::string_view name, const json::value& value, double& field) {
    if (!value.is_number() || value.to_number<double>() < 0) {
      return complain(name, "wants a number that is not negative");
    }
    field = value.to_number<double>();
  }
  void read(std::string_view name, const json::value& value, std::string& field) {
    if (!value.is_string()) {
      return complain(name, "wants a string");
    }
    field = value.get_string();
  }
  void read(std::string_view name, const json::value& value, std::vector<std::string>& field) {
    const auto is_text = [](const json::value& item) {
      return item.is_string() && !item.get_string().empty();
    };
    if (!value.is_array() || value.get_array().size() > texts_max ||
        !std::ranges::all_of(value.get_array(), is_text)) {
      return complain(name, "wants an array of at most 16 strings, none of them empty");
    }
    field.clear();
    for (const json::value& item : value.get_array()) {
      field.emplace_back(item.get_string());
    }
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void read(std::string_view name, const json::value& value, Enum& field) {
    constexpr auto names = names_of(Enum{});
    const auto found = value.is_string()
                           ? std::ranges::find(names, std::string_view(value.get_string()))
                           : names.end();
    if (found == names.end()) {
      std::string wanted = "wants one of";
      for (const std::string_view choice : names) {
        wanted.append(" ").append(choice);
      }
      return complain(name, wanted);
    }
    field = static_cast<Enum>(found - names.begin());
  }
  template <Group Settings>
  void read(std::string_view name, const json::value& value, Settings& field) {
    if (!value.is_object()) {
      return complain(name, "wants an object");
    }
    Reader reader(value.get_object());
    Settings::visit(field, reader);
    if (const auto wrong = reader.complaint()) {
      complain(name, *wrong);
    }
  }
  void read(std::string_view name, const json::value& value, std::optional<LimitSettings>& field) {
    read(name, value, field ? *field : field.emplace(limit_by_address()));
  }
  template <Group Settings>
  void read(std::string_view name, const json::value& value, std::vector<Settings>& field) {
    if (!value.is_array()) {
      return complain(name, "wants an array of objects");
    }
    field.clear();
    for (const json::value& item : value.get_array()) {
      const std::string place = std::string(name) + "[" + std::to_string(field.size()) + "]";
      read(place, item, field.emplace_back());
      if (!complaint_.empty()) {
        return;
      }
    }
  }
  void complain(std::string_view name, std::string_view what) {
    complaint_ = std::string(name).append(" ").append(what);
  }

  const json::object& object_;
  std::size_t matched_ = 0;
  std::string known_;
  std::string complaint_;
};

class Writer {
 public:
  template <class T>
  void operator()(std::string_view name, const T& field) {
    object_[name] = written(field);
  }
  // What is not there is not written.
  template <class T>
  void operator()(std::string_view name, const std::optional<T>& field) {
    if (field) {
      object_[name] = written(*field);
    }
  }
  const json::object& object() const noexcept { return object_; }

 private:
  template <class T>
  static json::value written(const T& field) {
    if constexpr (std::is_enum_v<T>) {
      return json::value(names_of(field)[static_cast<std::size_t>(field)]);
    } else if constexpr (Group<T>) {
      Writer writer;
      T::visit(field, writer);
      return json::value(writer.object_);
    } else {
      return json::value(field);
    }
  }
  static json::value written(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
  }
  template <Group T>
  static json::value written(const std::vector<T>& fields) {
    json::array array;
    for (const T& field : fields) {
      array.push_back(written(field));
    }
    return array;
  }

  json::object object_;
};

template <class Settings>
std::optional<std::string> patch_settings(Settings& settings, std::string_view text) {
  boost::system::error_code ec;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), ec);
  if (ec || !value.is_object()) {
    return "the body is not a JSON object";
  }
  Settings patched = settings;
  Reader reader(value.get_object());
  Settings::visit(patched, reader);
  if (auto complaint = reader.complaint()) {
    return complaint;
  }
  settings = std::move(patched);
  return std::nullopt;
}

template <class Settings>
std::string describe_settings(const Settings& settings) {
  Writer writer;
  Settings::visit(settings, writer);
  return json::serialize(writer.object());
}

}  // namespace

std::optional<std::string> patch(Modes& modes, std::string_view json) {
  return patch_settings(modes, json);
}
std::optional<std::string> patch(Faults& faults, std::string_view json) {
  return patch_settings(faults, json);
}
std::optional<std::string> patch(Limits& limits, std::string_view json) {
  Limits patched = limits;
  if (auto complaint = patch_settings(patched, json)) {
    return complaint;
  }
  if (auto mistake = mistake_in(patched)) {
    return mistake;
  }
  limits = std::move(patched);
  return std::nullopt;
}
std::string describe(const Modes& modes) {
  return describe_settings(modes);
}
std::string describe(const Faults& faults) {
  return describe_settings(faults);
}
std::string describe(const Limits& limits) {
  return describe_settings(limits);
}

}  // namespace claimferry::sandbox
