#include "common/queue/adapter/loaded_library.hpp"

#include <algorithm>

namespace claimferry::queue {
namespace {

using redis::Reply;

// RESP2 writes a map as name, value, name, value, …; null when it has no such name.
const Reply* value_of(const Reply& map, std::string_view name) {
  const Reply::Array* items = map.array();
  for (std::size_t at = 0; items != nullptr && at + 1 < items->size(); at += 2) {
    const std::string* found = (*items)[at].text();
    if (found != nullptr && *found == name) {
      return &(*items)[at + 1];
    }
  }
  return nullptr;
}

std::string text_of(const Reply& map, std::string_view name) {
  const Reply* value = value_of(map, name);
  return value == nullptr || value->text() == nullptr ? "" : *value->text();
}

// Of an array; none when it is something else.
const Reply::Array& items_of(const Reply* reply) {
  static const Reply::Array none;
  return reply == nullptr || reply->array() == nullptr ? none : *reply->array();
}

bool equal_but_for_case(const std::string& one, const std::string& other) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(one, other, {}, lower, lower);
}

}  // namespace

std::vector<LoadedLibrary> loaded_libraries(const Reply& list) {
  std::vector<LoadedLibrary> libraries;
  for (const Reply& entry : items_of(&list)) {
    LoadedLibrary library{text_of(entry, "library_name"), text_of(entry, "library_code"), {}};
    for (const Reply& function : items_of(value_of(entry, "functions"))) {
      library.functions.push_back(text_of(function, "name"));
    }
    libraries.push_back(std::move(library));
  }
  return libraries;
}

const LoadedLibrary* owner_of(const std::string& function,
                              const std::vector<LoadedLibrary>& libraries) {
  for (const LoadedLibrary& library : libraries) {
    for (const std::string& name : library.functions) {
      if (equal_but_for_case(name, function)) {
        return &library;
      }
    }
  }
  return nullptr;
}

}  // namespace claimferry::queue
