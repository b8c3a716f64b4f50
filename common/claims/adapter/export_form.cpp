#include "common/claims/adapter/export_form.hpp"

#include <algorithm>
#include <charconv>

#include <simdjson.h>

#include "common/base/assert.hpp"
#include "common/claims/tables/table.hpp"
#include "common/claims/tables/views.hpp"

namespace claimferry::claims {
namespace {

std::string quoted(const std::string& text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + '"';
}

ExportView of_table(const Table& table) {
  std::vector<std::string> order{"payer", "member"};
  if (table.typed) {
    order.emplace_back("resource_type");
  }
  order.insert(order.end(), {table.id_name, "version", "pointer"});
  return {table.name + "_current", std::move(order), false};
}

ExportView of_analysts(const std::string& name) {
  if (name == "claim_net") {
    return {name, {"payer", "member", "eob_id", "version"}, false};
  }
  std::vector<std::string> order{"payer", "person_id", "file_name"};
  if (name != "eligibility") {
    order.emplace_back("claim_line_number");
  }
  return {name, std::move(order), true};
}

bool has(const std::vector<std::string>& columns, std::string_view name) {
  return std::ranges::find(columns, name) != columns.end();
}

bool is_zero(std::string_view digits) {
  return digits.find_first_not_of("0") == std::string_view::npos;
}

}  // namespace

const std::vector<ExportView>& export_views() {
  static const std::vector<ExportView> all = [] {
    std::vector<ExportView> made;
    for (const std::string& name : view_names()) {
      made.push_back(of_analysts(name));
    }
    for (const Table& table : tables()) {
      made.push_back(of_table(table));
    }
    made.push_back({"extension_kv_current",
                    {"payer", "member", "resource_type", "resource_id", "version", "pointer"},
                    false});
    return made;
  }();
  return all;
}

const ExportView& export_view(std::string_view name) {
  const auto found = std::ranges::find(export_views(), name, &ExportView::name);
  CLAIMFERRY_ASSERT(found != export_views().end());
  return *found;
}

bool is_exported(std::string_view column, const std::vector<std::string>& columns) {
  for (const std::string_view ending : {"_e4", "_num"}) {
    if (column.ends_with(ending) && has(columns, column.substr(0, column.size() - ending.size()))) {
      return false;
    }
  }
  return column != "amount_inexact";
}

std::string plain_decimal(std::string_view decimal) {
  const auto e = std::min(decimal.find_first_of("eE"), decimal.size());
  int exponent = 0;
  if (e < decimal.size()) {
    const auto digits = decimal.substr(e + (decimal[e + 1] == '+' ? 2 : 1));
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  }
  std::string_view number = decimal.substr(0, e);
  const bool is_negative = number.starts_with('-');
  number.remove_prefix(is_negative ? 1 : 0);
  const auto point = std::min(number.find('.'), number.size());
  std::string digits(number.substr(0, point));
  const auto behind = number.substr(std::min(point + 1, number.size()));
  digits += behind;
  int scale = static_cast<int>(behind.size()) - exponent;
  if (scale < 0) {
    digits.append(static_cast<std::size_t>(-scale), '0');
    scale = 0;
  }
  const auto places = static_cast<std::size_t>(scale);
  if (digits.size() <= places) {
    digits.insert(0, places + 1 - digits.size(), '0');
  }
  const auto first = std::min(digits.find_first_not_of('0'), digits.size() - places - 1);
  std::string text = is_negative && !is_zero(digits) ? "-" : "";
  text += digits.substr(first, digits.size() - places - first);
  return places == 0 ? text : text + "." + digits.substr(digits.size() - places);
}

void CsvWriter::header(const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    out_ << (&column == columns.data() ? "" : ",") << column;
  }
  out_ << "\r\n";
  for (const std::string& column : view_.order) {
    const auto found = std::ranges::find(columns, column);
    CLAIMFERRY_ASSERT(found != columns.end());
    order_.push_back(static_cast<std::size_t>(found - columns.begin()));
  }
}

void CsvWriter::row(const std::vector<std::optional<std::string>>& cells) {
  std::vector<std::string> key;
  for (const std::size_t at : order_) {
    key.push_back(cells[at].value_or(""));
  }
  if (key != key_) {
    finish();
    key_ = std::move(key);
  }
  std::string line;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    line += at == 0 ? "" : ",";
    line += cells[at] ? quoted(*cells[at]) : std::string();
  }
  lines_.push_back(line + "\r\n");
}

void CsvWriter::finish() {
  std::ranges::sort(lines_);
  for (const std::string& line : lines_) {
    out_ << line;
  }
  lines_.clear();
}

Result<void> write_resource(std::string_view raw, std::ostream& out) {
  std::string line(raw.size(), '\0');
  std::size_t size = 0;
  if (simdjson::minify(raw.data(), raw.size(), line.data(), size)) {
    return Failure{FailureKind::permanent, "raw_not_json",
                   "raw bytes in resource_version are no JSON: the sink is damaged, restore it"};
  }
  out.write(line.data(), static_cast<std::streamsize>(size)) << '\n';
  return {};
}

Failure export_stream_failed() {
  return {FailureKind::local, "export_failed",
          "the file takes no more: free some space, and begin again"};
}

}  // namespace claimferry::claims
