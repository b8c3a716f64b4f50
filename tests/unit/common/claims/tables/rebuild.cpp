#include "tests/unit/common/claims/tables/rebuild.hpp"

#include <boost/json.hpp>

namespace claimferry::claims {
namespace {

std::string escaped(std::string_view key) {
  std::string text;
  for (const char c : key) {
    text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return text;
}

std::string type_of(JsonKind kind) {
  constexpr const char* names[] = {"object",  "array",   "string", "number",
                                   "boolean", "boolean", "null"};
  return names[static_cast<std::size_t>(kind)];
}

void collect(const JsonTape& tape, std::uint32_t at, const std::string& pointer, Leaves& leaves) {
  const JsonNode& node = tape[at];
  const bool is_object = node.kind == JsonKind::object;
  if (!is_object && node.kind != JsonKind::array) {
    leaves.emplace(pointer, type_of(node.kind), node.text);
    return;
  }
  if (node.end == at + 1) {
    leaves.emplace(pointer, type_of(node.kind), is_object ? "{}" : "[]");
  }
  std::size_t index = 0;
  for (std::uint32_t child = at + 1; child < node.end; child = tape[child].end) {
    const std::string step = is_object ? escaped(tape[child].key) : std::to_string(index++);
    collect(tape, child, pointer + "/" + step, leaves);
  }
}

// "type.coding[0].code" → "/type/coding/0/code".
std::string pointer_of(const std::string& path) {
  std::string pointer = "/";
  for (const char c : path) {
    pointer += c == '.' || c == '[' ? "/" : c == ']' ? "" : std::string(1, c);
  }
  return pointer;
}

void add_list(const std::string& pointer, std::string_view text, Leaves& leaves) {
  std::size_t index = 0;
  const boost::json::value list = boost::json::parse(text);
  for (const auto& element : list.as_array()) {
    const std::string at = pointer + "/" + std::to_string(index++);
    if (element.is_string()) {
      leaves.emplace(at, "string", std::string(element.as_string()));
    } else {
      leaves.emplace(at, "number", boost::json::serialize(element));
    }
  }
}

void add_cell(const std::string& pointer, ColumnKind kind, std::string_view text, Leaves& leaves) {
  switch (kind) {
    case ColumnKind::list:
      return add_list(pointer, text, leaves);
    case ColumnKind::integer:
    case ColumnKind::decimal:
      leaves.emplace(pointer, "number", text);
      return;
    case ColumnKind::flag:
      leaves.emplace(pointer, "boolean", text);
      return;
    default:
      leaves.emplace(pointer, "string", text);
  }
}

std::vector<StoredCell> cells_of(const RowSet& rows, std::uint32_t resource) {
  std::vector<StoredCell> cells;
  for (const Table& table : tables()) {
    const TableRows& some = rows.of(table.id);
    for (std::size_t row = 0; row < some.size(); ++row) {
      for (std::size_t at = 0; at < table.columns.size(); ++at) {
        const Cell cell = some.cells(row)[at];
        if (some.head(row).resource == resource && cell.data() != nullptr) {
          cells.push_back(
              {std::string(some.head(row).pointer), table.columns[at], std::string(cell)});
        }
      }
    }
  }
  return cells;
}

// Of an extension whose rows tell of its url: everything before the value.
std::string extension_around(const std::string& pointer) {
  const auto one = pointer.rfind("/extension/");
  const auto other = pointer.rfind("/modifierExtension/");
  const auto begin = one == std::string::npos     ? other
                     : other == std::string::npos ? one
                                                  : std::max(one, other);
  const auto index = pointer.find('/', begin + 1) + 1;
  return pointer.substr(0, pointer.find('/', index));
}

}  // namespace

Leaves leaves_of(const JsonTape& tape) {
  Leaves leaves;
  collect(tape, 0, "", leaves);
  return leaves;
}

Leaves rebuild(const RowSet& rows, std::uint32_t resource, const std::string& type,
               const std::string& id) {
  std::vector<StoredValue> loose;
  for (const LooseValue& value : rows.loose()) {
    if (value.resource == resource) {
      loose.push_back(
          {std::string(value.pointer),
           value.url.data() == nullptr ? std::nullopt : std::optional(std::string(value.url)),
           std::string(value.type), std::string(value.value)});
    }
  }
  return rebuild(cells_of(rows, resource), loose, type, id);
}

Leaves rebuild(const std::vector<StoredCell>& cells, const std::vector<StoredValue>& loose,
               const std::string& type, const std::string& id) {
  Leaves in_columns;
  for (const StoredCell& cell : cells) {
    if (!cell.column.path.empty()) {
      add_cell(cell.row + pointer_of(cell.column.path), cell.column.kind, cell.text, in_columns);
    }
  }
  Leaves leaves{{"/resourceType", "string", type}, {"/id", "string", id}};
  std::set<std::string> urls;  // that stand already, or have rows of their own
  for (const StoredValue& value : loose) {
    urls.insert(value.pointer);
  }
  for (const StoredValue& value : loose) {
    // The column has it too, in its own type.
    for (const char* other : {"string", "number"}) {
      const auto converted = in_columns.find({value.pointer, other, value.value});
      if (converted != in_columns.end() && other != value.type) {
        in_columns.erase(converted);
      }
    }
    leaves.emplace(value.pointer, value.type, value.value);
    const std::string url = extension_around(value.pointer) + "/url";
    if (value.url && urls.insert(url).second) {
      leaves.emplace(url, "string", *value.url);
    }
  }
  leaves.merge(in_columns);
  return leaves;
}

}  // namespace claimferry::claims
