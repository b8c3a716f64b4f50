// JsonTape: one resource as a flat list of nodes, in document order, and JsonView, how rows are
// read from it. Every value of the resource is here, checked; texts are views into the page's body
// or texts. How it is filled is json_walk.hpp's business.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace claimferry::claims {

enum class JsonKind : std::uint8_t {
  object,
  array,
  string,
  number,
  literal_true,
  literal_false,
  null
};

struct JsonNode {
  std::string_view key;   // empty in arrays
  std::string_view text;  // strings unescaped, numbers verbatim
  std::uint32_t end;      // index behind this node and all below it
  JsonKind kind;
};

using JsonTape = std::vector<JsonNode>;

// A place in a tape, or nowhere. Looking below nowhere is nowhere, so that paths need no checks.
class JsonView {
 public:
  JsonView() = default;
  JsonView(const JsonTape& tape, std::uint32_t index) : tape_(&tape), index_(index) {}

  bool exists() const noexcept { return tape_ != nullptr; }
  bool is(JsonKind kind) const noexcept { return exists() && node().kind == kind; }
  const JsonNode& node() const noexcept { return (*tape_)[index_]; }

  // Of an object; the first of that name. FHIR's unknown and null are nowhere.
  JsonView operator[](std::string_view key) const noexcept {
    if (is(JsonKind::object)) {
      for (std::uint32_t at = index_ + 1; at < node().end; at = (*tape_)[at].end) {
        if ((*tape_)[at].key == key) {
          return (*tape_)[at].kind == JsonKind::null ? JsonView() : JsonView(*tape_, at);
        }
      }
    }
    return {};
  }
  // The first element of an array.
  JsonView first() const noexcept {
    return is(JsonKind::array) && index_ + 1 < node().end ? JsonView(*tape_, index_ + 1)
                                                          : JsonView();
  }
  // Calls visit(JsonView) for each element of an array until it answers true; answers whether one
  // did.
  template <class Visit>
  bool any(Visit visit) const {
    if (is(JsonKind::array)) {
      for (std::uint32_t at = index_ + 1; at < node().end; at = (*tape_)[at].end) {
        if (visit(JsonView(*tape_, at))) {
          return true;
        }
      }
    }
    return false;
  }
  template <class Visit>
  void each(Visit visit) const {
    any([&visit](JsonView element) {
      visit(element);
      return false;
    });
  }
  // A string's text; empty for all else.
  std::string_view text() const noexcept {
    return is(JsonKind::string) ? node().text : std::string_view();
  }
  // A string's text or a number's digits: payers send ids and sequences both ways.
  std::string_view scalar() const noexcept { return is(JsonKind::number) ? node().text : text(); }
  std::uint32_t index() const noexcept { return index_; }

 private:
  const JsonTape* tape_ = nullptr;
  std::uint32_t index_ = 0;
};

}  // namespace claimferry::claims
