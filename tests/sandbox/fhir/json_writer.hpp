// JsonWriter: JSON text by appending, fast enough to be no part of a benchmark.
#pragma once

#include <string>
#include <string_view>

namespace claimferry::sandbox {

class JsonWriter {
 public:
  JsonWriter& open(char bracket) {
    separate();
    text_ += bracket;
    first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
  }
  JsonWriter& key(std::string_view name) {
    separate();
    append_string(name);
    text_ += ':';
    first_ = true;  // the value needs no comma
    return *this;
  }
  JsonWriter& string(std::string_view value) {
    separate();
    append_string(value);
    return *this;
  }
  // Numbers and literals, and JSON that is already written.
  JsonWriter& raw(std::string_view value) {
    separate();
    text_ += value;
    return *this;
  }
  JsonWriter& field(std::string_view name, std::string_view value) {
    return key(name).string(value);
  }
  JsonWriter& raw_field(std::string_view name, std::string_view value) {
    return key(name).raw(value);
  }
  std::string take() { return std::move(text_); }

 private:
  void separate() {
    if (!first_) {
      text_ += ',';
    }
    first_ = false;
  }
  void append_string(std::string_view value) {
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') {
        text_ += '\\';
      }
      text_ += c == '\n' ? ' ' : c;
    }
    text_ += '"';
  }

  std::string text_;
  bool first_ = true;
};

}  // namespace claimferry::sandbox
