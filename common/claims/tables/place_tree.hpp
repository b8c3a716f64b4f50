// PlaceTree: the columns' paths of one resource type as a tree, so that a walk over a resource
// knows at each step whose column it stands at.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "common/claims/tables/table.hpp"

namespace claimferry::claims {

class Place {
 public:
  static constexpr std::int16_t none = -1;

  // Of an object: what stands under the key; null: no column is below.
  const Place* below(std::string_view key) const noexcept;
  // Of an array: its element.
  const Place* element(std::size_t index) const noexcept {
    return each_ != nullptr ? each_ : index < elements_.size() ? elements_[index] : nullptr;
  }

  std::int16_t column = none;          // of the table whose row is around
  ColumnKind kind = ColumnKind::text;  // of that column
  std::int16_t table = none;           // an object here begins a row of it
  std::string origin;                  // and it stands here: "item.detail"

 private:
  friend class PlaceTree;
  struct Slot {
    std::string_view key;
    Place* place = nullptr;
  };

  static std::size_t hash(std::string_view key) noexcept;
  void index();

  std::vector<std::pair<std::string, Place*>> children_;
  std::vector<Slot> slots_;  // a power of two of them, half empty at least
  std::vector<Place*> elements_;
  Place* each_ = nullptr;
};

class PlaceTree {
 public:
  // Null: no table has rows of that resource type.
  static const Place* of(std::string_view resource_type);

 private:
  explicit PlaceTree(const std::string& resource_type);
  Place& at(const std::string& path);
  Place& below(Place& place, const std::string& key);
  Place& element(Place& place, const std::string& index);

  std::deque<Place> places_;
};

}  // namespace claimferry::claims
