#include "common/claims/tables/place_tree.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <memory>

namespace claimferry::claims {

// FHIR's names within one element differ in their length or their ends nearly always.
std::size_t Place::hash(std::string_view key) noexcept {
  if (key.empty()) {
    return 0;
  }
  const auto byte = [&key](std::size_t at) { return static_cast<unsigned char>(key[at]); };
  return key.size() * 7 + byte(0) * 5 + byte(key.size() / 2) * 3 + byte(key.size() - 1);
}

const Place* Place::below(std::string_view key) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  if (slots_.empty()) {
    return nullptr;
  }
  for (std::size_t at = hash(key) & mask; slots_[at].place != nullptr; at = (at + 1) & mask) {
    if (slots_[at].key == key) {
      return slots_[at].place;
    }
  }
  return nullptr;
}

void Place::index() {
  if (children_.empty()) {
    return;
  }
  slots_.resize(std::bit_ceil(children_.size() * 2));
  const std::size_t mask = slots_.size() - 1;
  for (const auto& [key, place] : children_) {
    std::size_t at = hash(key) & mask;
    while (slots_[at].place != nullptr) {
      at = (at + 1) & mask;
    }
    slots_[at] = {key, place};
  }
}

Place& PlaceTree::below(Place& place, const std::string& key) {
  for (const auto& [known, child] : place.children_) {
    if (known == key) {
      return *child;
    }
  }
  place.children_.emplace_back(key, &places_.emplace_back());
  return places_.back();
}

// index: "", every element, or its number.
Place& PlaceTree::element(Place& place, const std::string& index) {
  if (index.empty()) {
    place.each_ = place.each_ == nullptr ? &places_.emplace_back() : place.each_;
    return *place.each_;
  }
  const auto number = static_cast<std::size_t>(std::stoul(index));
  place.elements_.resize(std::max(place.elements_.size(), number + 1));
  Place*& found = place.elements_[number];
  found = found == nullptr ? &places_.emplace_back() : found;
  return *found;
}

Place& PlaceTree::at(const std::string& path) {
  Place* place = &places_.front();
  for (std::size_t from = 0; from < path.size();) {
    const std::size_t end = std::min(path.find('.', from), path.size());
    const std::string step = path.substr(from, end - from);
    const std::size_t bracket = std::min(step.find('['), step.size());
    place = &below(*place, step.substr(0, bracket));
    if (bracket < step.size()) {
      place = &element(*place, step.substr(bracket + 1, step.size() - bracket - 2));
    }
    from = end + 1;
  }
  return *place;
}

PlaceTree::PlaceTree(const std::string& resource_type) : places_(1) {
  for (const Table& table : tables()) {
    for (const Origin& origin : table.origins) {
      if (origin.resource != resource_type) {
        continue;
      }
      Place& root = at(origin.path);
      root.table = static_cast<std::int16_t>(table.id);
      root.origin = origin.path;
      std::erase_if(root.origin, [](char c) { return c == '[' || c == ']'; });
      for (std::size_t column = 0; column < table.columns.size(); ++column) {
        const std::string& path = table.columns[column].path;
        if (!path.empty()) {
          Place& place = at(origin.path.empty() ? path : origin.path + "." + path);
          place.column = static_cast<std::int16_t>(column);
          place.kind = table.columns[column].kind;
        }
      }
    }
  }
  for (Place& place : places_) {
    place.index();
  }
}

const Place* PlaceTree::of(std::string_view resource_type) {
  using Trees = std::map<std::string, std::unique_ptr<PlaceTree>, std::less<>>;
  static const Trees trees = [] {
    Trees made;
    for (const Table& table : tables()) {
      for (const Origin& origin : table.origins) {
        auto& tree = made[origin.resource];
        if (!tree) {
          tree.reset(new PlaceTree(origin.resource));
        }
      }
    }
    return made;
  }();
  const auto found = trees.find(resource_type);
  return found == trees.end() ? nullptr : &found->second->places_.front();
}

}  // namespace claimferry::claims
