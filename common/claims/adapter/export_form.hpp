// What an export's files look like, from whichever sink they come: for the same claims the same
// bytes. A view is CSV (RFC 4180; a header, NULL as nothing and an empty text as ""), current
// resources are FHIR NDJSON: one a line, their raw bytes without white space between.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace claimferry::claims {

using ExportTold = std::function<void(std::uint64_t rows)>;

struct ExportView {
  std::string name;
  std::vector<std::string>
      order;           // columns, never NULL; rows that agree in them stand by their text
  bool plain_amounts;  // written without exponent, as databases print them; else as sent
};
// The views for analysts, and <table>_current of each table.
const std::vector<ExportView>& export_views();
// One of them.
const ExportView& export_view(std::string_view name);

// Whether a view's column is the file's, too: those that a database has beside the text of an
// amount, to count with, are not.
bool is_exported(std::string_view column, const std::vector<std::string>& columns);

// A decimal without its exponent, as PostgreSQL prints an exact numeric: "1.50e1" as "15.0".
std::string plain_decimal(std::string_view decimal);

class CsvWriter {
 public:
  // Both outlive it.
  CsvWriter(std::ostream& out, const ExportView& view) : out_(out), view_(view) {}

  void header(const std::vector<std::string>& columns);
  // In the view's order; a cell a column of the header, nothing: NULL.
  void row(const std::vector<std::optional<std::string>>& cells);
  // What is held back for its order.
  void finish();

 private:
  std::ostream& out_;
  const ExportView& view_;
  std::vector<std::size_t> order_;
  std::vector<std::string> key_;
  std::vector<std::string> lines_;  // of that key
};

// Appends the resource as a line. permanent raw_not_json: what is stored is none.
Result<void> write_resource(std::string_view raw, std::ostream& out);

// local export_failed: the stream takes no more.
Failure export_stream_failed();

}  // namespace claimferry::claims
