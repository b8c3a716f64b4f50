#include "common/claims/tables/flattener.hpp"

#include <charconv>

#include "common/base/limits.hpp"
#include "common/claims/tables/column_value.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view providers[]{"Practitioner",  "PractitionerRole", "Organization",
                                       "RelatedPerson", "Location",         "HealthcareService"};

// Of what a resource contains, only some have rows.
bool has_rows(const Place& place, JsonView element) {
  if (place.table != static_cast<std::int16_t>(TableId::provider)) {
    return true;
  }
  const std::string_view type = element["resourceType"].text();
  return std::ranges::find(providers, type) != std::end(providers);
}

std::string_view type_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::string:
      return "string";
    case JsonKind::number:
      return "number";
    case JsonKind::literal_true:
    case JsonKind::literal_false:
      return "boolean";
    case JsonKind::null:
      return "null";
    case JsonKind::object:
      return "object";
    case JsonKind::array:
      return "array";
  }
  return {};
}

std::size_t escaped_size(std::string_view key) {
  return key.size() + static_cast<std::size_t>(std::ranges::count(key, '~')) +
         static_cast<std::size_t>(std::ranges::count(key, '/'));
}

// RFC 6901 §3.
char* write_escaped(char* out, std::string_view key) {
  for (const char c : key) {
    if (c == '~' || c == '/') {
      *out++ = '~';
      *out++ = c == '~' ? '0' : '1';
    } else {
      *out++ = c;
    }
  }
  return out;
}

std::size_t digits_of(std::uint32_t number) {
  std::size_t digits = 1;
  for (; number >= 10; number /= 10) {
    ++digits;
  }
  return digits;
}

}  // namespace

Misfit Flattener::flatten(const JsonTape& tape, std::uint32_t resource) {
  tape_ = &tape;
  resource_ = resource;
  steps_.clear();
  extension_ = {};
  lines_ = {};
  has_type_ = has_id_ = false;
  misfit_.reset();
  const RowSet::Mark before = rows_.mark();
  const JsonView root(tape, 0);
  value(0, PlaceTree::of(root["resourceType"].text()), Row());
  if (is_full_) {
    misfit_ = "";
  }
  if (misfit_) {
    rows_.shrink_to(before);
  }
  return std::move(misfit_);
}

void Flattener::value(std::uint32_t at, const Place* place, const Row& row) {
  const JsonNode& node = (*tape_)[at];
  switch (node.kind) {
    case JsonKind::object:
      return object(at, place, row);
    case JsonKind::array:
      return array(at, place, row);
    default:
      return put_loose(type_of(node.kind), node.text);
  }
}

void Flattener::object(std::uint32_t at, const Place* place, const Row& row) {
  if (place == nullptr || place->table == Place::none) {
    return members(at, place, row);
  }
  const JsonView element(*tape_, at);
  if (!has_rows(*place, element)) {
    return members(at, nullptr, row);
  }
  Row begun;
  begun.table = place->table;
  begun.element = at;
  const auto id = static_cast<TableId>(place->table);
  cells_ += tables()[static_cast<std::size_t>(id)].columns.size();
  is_full_ = is_full_ || cells_ > limits::row_cells_per_page_max;
  if (is_full_) {
    return;
  }
  begun.at = rows_.of(id).add(resource_, pointer());
  members(at, place, begun);
  const JsonView around = row.table == Place::none ? JsonView() : JsonView(*tape_, row.element);
  const RuleContext context{JsonView(*tape_, 0), around, element, place->origin, lines_, texts_};
  if (auto misfit = derive(id, context, rows_.of(id).cells(begun.at)); misfit && !misfit_) {
    misfit_ = std::string(rows_.of(id).head(begun.at).pointer) + *misfit;
  }
}

void Flattener::members(std::uint32_t at, const Place* place, const Row& row) {
  const std::uint32_t end = (*tape_)[at].end;
  if (at + 1 == end) {
    return put_loose("object", "{}");
  }
  for (std::uint32_t child = at + 1; child < end && !is_full_; child = (*tape_)[child].end) {
    const JsonNode& node = (*tape_)[child];
    const Place* below = place == nullptr ? nullptr : place->below(node.key);
    // Most values end here.
    if (fills_column(node, below, row) || (at == 0 && is_implied(node.key, node))) {
      continue;
    }
    steps_.emplace_back(node.key);
    value(child, below, row);
    steps_.pop_back();
  }
}

// An element of a list of extensions: its values tell of its url, too.
void Flattener::extension(std::uint32_t at, const Place* place, const Row& row) {
  const Extension outer = std::exchange(extension_, extension_at(at));
  if (!extension_.has_value || extension_.url.data() == nullptr) {
    object(at, place, row);
    extension_ = outer;
    return;
  }
  bool told = false;
  for (std::uint32_t child = at + 1; child < (*tape_)[at].end; child = (*tape_)[child].end) {
    const JsonNode& node = (*tape_)[child];
    const bool is_url = node.key == "url" && node.kind == JsonKind::string;
    if (!is_url || std::exchange(told, true)) {
      steps_.emplace_back(node.key);
      value(child, nullptr, row);
      steps_.pop_back();
    }
  }
  extension_ = outer;
}

void Flattener::array(std::uint32_t at, const Place* place, const Row& row) {
  const std::uint32_t end = (*tape_)[at].end;
  if (at + 1 == end) {
    return put_loose("array", "[]");
  }
  if (place != nullptr && place->column != Place::none && place->kind == ColumnKind::list) {
    if (Cell* cell = cell_of(place, row); cell != nullptr && put_list(at, *cell)) {
      return;
    }
  }
  const std::string_view key = (*tape_)[at].key;
  const bool are_extensions = key == "extension" || key == "modifierExtension";
  std::uint32_t index = 0;
  for (std::uint32_t child = at + 1; child < end && !is_full_;
       child = (*tape_)[child].end, ++index) {
    const JsonNode& node = (*tape_)[child];
    const Place* element = place == nullptr ? nullptr : place->element(index);
    if (fills_column(node, element, row)) {
      continue;
    }
    steps_.emplace_back(index);
    if (are_extensions && node.kind == JsonKind::object) {
      extension(child, element, row);
    } else {
      value(child, element, row);
    }
    steps_.pop_back();
  }
}

// Whether the value stands in its column as it was sent. Converted, it stands there and is loose.
bool Flattener::fills_column(const JsonNode& node, const Place* place, const Row& row) {
  if (place == nullptr || place->column == Place::none) {
    return false;
  }
  const Fit fit = fit_of(place->kind, node);
  Cell* const cell = fit == Fit::none ? nullptr : cell_of(place, row);
  if (cell != nullptr) {
    *cell = node.text;
  }
  return cell != nullptr && fit == Fit::exact;
}

// A list of texts and numbers alone; of anything else each value is loose.
bool Flattener::put_list(std::uint32_t at, Cell& cell) {
  const std::uint32_t end = (*tape_)[at].end;
  for (std::uint32_t child = at + 1; child < end; child = (*tape_)[child].end) {
    const JsonKind kind = (*tape_)[child].kind;
    if (kind != JsonKind::string && kind != JsonKind::number) {
      return false;
    }
  }
  cell = texts_.add(list_text(JsonView(*tape_, at)));
  return true;
}

// Null: the column is filled, as where a name stands twice in an object.
Cell* Flattener::cell_of(const Place* place, const Row& row) {
  if (row.table == Place::none) {
    return nullptr;
  }
  Cell& cell = rows_.of(static_cast<TableId>(row.table))
                   .cells(row.at)[static_cast<std::size_t>(place->column)];
  return cell.data() == nullptr ? &cell : nullptr;
}

void Flattener::put_loose(std::string_view type, std::string_view text) {
  rows_.loose().emplace_back(resource_, pointer(), extension_.url, type, text);
}

// The keys of every row say these.
bool Flattener::is_implied(std::string_view key, const JsonNode& node) {
  if (node.kind != JsonKind::string || (key != "resourceType" && key != "id")) {
    return false;
  }
  bool& seen = key == "id" ? has_id_ : has_type_;
  return !std::exchange(seen, true);
}

Flattener::Extension Flattener::extension_at(std::uint32_t at) const {
  Extension extension;
  for (std::uint32_t child = at + 1; child < (*tape_)[at].end; child = (*tape_)[child].end) {
    const JsonNode& node = (*tape_)[child];
    if (node.key == "url" && extension.url.data() == nullptr && node.kind == JsonKind::string) {
      extension.url = node.text;
    } else if (node.key.starts_with("value")) {
      extension.has_value = true;
    }
  }
  return extension;
}

std::string_view Flattener::pointer() {
  std::size_t size = 0;
  for (const Step& step : steps_) {
    size += 1 + (step.is_key() ? escaped_size(step.key()) : digits_of(step.index()));
  }
  is_full_ = is_full_ || texts_.bytes() + size > limits::row_text_bytes_per_page_max;
  if (is_full_) {
    return {};
  }
  char* begin = texts_.space(size);
  char* out = begin;
  for (const Step& step : steps_) {
    *out++ = '/';
    out = step.is_key() ? write_escaped(out, step.key())
                        : std::to_chars(out, out + 10, step.index()).ptr;
  }
  return {begin, size};
}

}  // namespace claimferry::claims
