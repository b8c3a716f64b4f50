// The typed rows of a page as arrays: a column of a table is one parameter.
#include <optional>

#include "common/claims/adapter/postgres_page.hpp"
#include "common/claims/adapter/postgres_tables.hpp"
#include "common/claims/tables/column_value.hpp"

namespace claimferry::claims {
namespace {

using postgres::Array;
using postgres::Call;
using postgres::Element;
using postgres::Parameters;

void put_text(Array& to, Cell cell) {
  if (cell.data() == nullptr) {
    to.null();
  } else {
    to.text(cell);
  }
}

void put_optional(Array& to, std::string_view text) {
  if (text.empty()) {
    to.null();
  } else {
    to.text(text);
  }
}

// PostgreSQL knows no year 0.
bool is_day(std::string_view day) {
  return !day.empty() && !day.starts_with("0000");
}

// The arrays of one column.
class ColumnArrays {
 public:
  explicit ColumnArrays(ColumnKind kind) : kind_(kind) {
    arrays_.emplace_back(kind == ColumnKind::integer ? Element::integer : Element::text);
    if (is_date()) {
      arrays_.emplace_back(Element::text);
      arrays_.emplace_back(Element::text);
    }
  }

  void put(Cell cell) {
    if (kind_ == ColumnKind::integer && cell.data() != nullptr) {
      arrays_[0].integer(to_integer(cell));
      return;
    }
    put_text(arrays_[0], cell);
    if (is_date()) {
      const Day day = day_of(cell);
      put_optional(arrays_[1], is_day(day.day) ? std::string_view(day.day) : std::string_view());
      put_optional(arrays_[2], day.precision);
    }
  }

  void move_to(postgres::Parameters& parameters) && {
    for (Array& array : arrays_) {
      parameters.array(std::move(array));
    }
  }

 private:
  bool is_date() const noexcept {
    return kind_ == ColumnKind::date || kind_ == ColumnKind::open_end;
  }
  ColumnKind kind_;
  std::vector<Array> arrays_;
};

// What leads to the version of the resource.
struct HeadArrays {
  Array types{Element::text};
  Array ids{Element::text};
  Array versions{Element::integer};
  Array pointers{Element::text};

  void put(const ResourceRow& of, std::int64_t version, std::string_view pointer) {
    types.text(of.type);
    ids.text(of.id);
    versions.integer(version);
    pointers.text(pointer);
  }
  void move_to(postgres::Parameters& parameters, bool typed) && {
    if (typed) {
      parameters.array(std::move(types));
    }
    parameters.array(std::move(ids)).array(std::move(versions)).array(std::move(pointers));
  }
};

using Sources = std::span<const PostgresRowSource>;

std::optional<Call> rows_of(const Parameters& member, const Table& table, Sources sources) {
  HeadArrays heads;
  std::vector<ColumnArrays> columns;
  columns.reserve(table.columns.size());
  for (const Column& column : table.columns) {
    columns.emplace_back(column.kind);
  }
  for (const PostgresRowSource& source : sources) {
    const TableRows& rows = source.page.rows.of(table.id);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const RowHead& head = rows.head(row);
      const std::int64_t version = source.versions[head.resource];
      if (version == 0) {
        continue;
      }
      heads.put(source.page.resources[head.resource], version, head.pointer);
      const auto cells = rows.cells(row);
      for (std::size_t at = 0; at < cells.size(); ++at) {
        columns[at].put(cells[at]);
      }
    }
  }
  if (heads.ids.size() == 0) {
    return std::nullopt;
  }
  Call call{postgres_inserts()[static_cast<std::size_t>(table.id)], member};
  std::move(heads).move_to(call.parameters, table.typed);
  for (ColumnArrays& column : columns) {
    std::move(column).move_to(call.parameters);
  }
  return call;
}

std::optional<Call> loose_rows(const Parameters& member, Sources sources) {
  HeadArrays heads;
  Array urls(Element::text);
  Array types(Element::text);
  Array values(Element::text);
  for (const PostgresRowSource& source : sources) {
    for (const LooseValue& value : source.page.rows.loose()) {
      const std::int64_t version = source.versions[value.resource];
      if (version != 0) {
        heads.put(source.page.resources[value.resource], version, value.pointer);
        put_optional(urls, value.url);
        types.text(value.type);
        values.text(value.value);
      }
    }
  }
  if (heads.ids.size() == 0) {
    return std::nullopt;
  }
  Call call{postgres_inserts().back(), member};
  std::move(heads).move_to(call.parameters, true);
  call.parameters.array(std::move(urls)).array(std::move(types)).array(std::move(values));
  return call;
}

}  // namespace

void write_postgres_rows(const Parameters& member, Sources sources, std::vector<Call>& calls) {
  const auto add = [&calls](std::optional<Call> call) {
    if (call) {
      calls.push_back(std::move(*call));
    }
  };
  for (const Table& table : tables()) {
    add(rows_of(member, table, sources));
  }
  add(loose_rows(member, sources));
}

void drop_postgres_rows(const Parameters& member, const PostgresVersions& versions,
                        std::vector<Call>& calls) {
  for (const std::string& sql : postgres_deletes()) {
    Array types(Element::text);
    Array ids(Element::text);
    Array numbers(Element::integer);
    for (std::size_t at = 0; at < versions.numbers.size(); ++at) {
      types.text(versions.keys[at].first);
      ids.text(versions.keys[at].second);
      numbers.integer(versions.numbers[at]);
    }
    Call drop{sql, member};
    drop.parameters.array(std::move(types)).array(std::move(ids)).array(std::move(numbers));
    calls.push_back(std::move(drop));
  }
}

}  // namespace claimferry::claims
