#include "common/claims/tables/table.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/unit/common/claims/corpus_files.hpp"

namespace claimferry::claims {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Every name that a sink makes of a column.
std::vector<std::string> physical_names(const Column& column) {
  switch (column.kind) {
    case ColumnKind::decimal:
      return {column.name, column.name + "_e4"};
    case ColumnKind::date:
    case ColumnKind::open_end:
      return {column.name, column.name + "_day", column.name + "_precision"};
    default:
      return {column.name};
  }
}

TEST(Tables, NameEachColumnOnceAndAsDatabasesAllow) {
  const std::set<std::string> reserved{"order", "user", "group", "references", "table", "column",
                                       "from",  "to",   "end",   "start",      "when",  "all"};
  const std::regex plain("[a-z][a-z0-9_]{0,58}");
  ASSERT_EQ(tables().size(), table_count);
  std::set<std::string> tables_seen;
  for (std::size_t at = 0; at < table_count; ++at) {
    const Table& table = tables()[at];
    EXPECT_EQ(static_cast<std::size_t>(table.id), at);
    EXPECT_TRUE(tables_seen.insert(table.name).second) << table.name;
    EXPECT_FALSE(table.about.empty() || table.id_name.empty() || table.origins.empty());
    std::set<std::string> seen{"payer",   "member",  "resource_type", table.id_name,
                               "version", "pointer", "amount_inexact"};
    for (const Column& column : table.columns) {
      for (const std::string& name : physical_names(column)) {
        EXPECT_TRUE(seen.insert(name).second) << table.name << "." << name;
        EXPECT_TRUE(std::regex_match(name, plain)) << table.name << "." << name;
        EXPECT_FALSE(reserved.contains(name)) << table.name << "." << name;
      }
      EXPECT_FALSE(column.path.empty() && column.about.empty()) << table.name << "." << column.name;
    }
  }
}

TEST(Tables, FillEachPlaceByOneColumn) {
  std::set<std::string> places;
  for (const Table& table : tables()) {
    for (const Origin& origin : table.origins) {
      for (const Column& column : table.columns) {
        if (!column.path.empty()) {
          const std::string place = origin.resource + " " + origin.path + "." + column.path;
          EXPECT_TRUE(places.insert(place).second) << place;
        }
      }
    }
  }
}

// "contained[].name[0].family" → "contained.name.family".
std::string without_indexes(const std::string& path) {
  return std::regex_replace(path, std::regex("\\[[0-9]*\\]"), "");
}

// The places that columns are filled from, by resource type.
std::set<std::string> filled(const std::string& resource) {
  std::set<std::string> paths;
  for (const Table& table : tables()) {
    for (const Origin& origin : table.origins) {
      for (const Column& column : table.columns) {
        if (origin.resource == resource && !column.path.empty()) {
          const std::string path =
              origin.path.empty() ? column.path : origin.path + "." + column.path;
          paths.insert(without_indexes(path));
        }
      }
    }
  }
  return paths;
}

struct MustSupport {
  std::string resource;
  std::string path;
};

std::vector<MustSupport> read_lists(const fs::path& folder) {
  std::vector<MustSupport> all;
  for (const auto& file : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    if (file.path().extension() != ".json") {
      continue;
    }
    const json::value list = json::parse(text.str());
    if (const json::value* elements = list.as_object().if_contains(":must_supports")) {
      for (const json::value& element : elements->at(":elements").as_array()) {
        all.push_back({std::string(list.at(":resource").as_string()),
                       std::string(element.at(":path").as_string())});
      }
    }
  }
  return all;
}

// "item.adjudication:allowedunits.value" → "item.adjudication.value", "timing[x]" → "timing".
std::string plain(const std::string& path) {
  return std::regex_replace(path, std::regex(":[^.]*|\\[x\\]"), "");
}

TEST(Tables, HaveAColumnForEachElementThatCarinWantsSupported) {
  const auto root = corpus();
  if (!root || !fs::exists(*root / "carin-must-support")) {
    GTEST_SKIP() << "no lists of must-support elements in the corpus";
  }
  const auto lists = read_lists(*root / "carin-must-support");
  EXPECT_GT(lists.size(), 200U);
  std::map<std::string, std::set<std::string>> places_of;
  for (const char* resource : {"ExplanationOfBenefit", "Coverage", "Patient"}) {
    places_of[resource] = filled(resource);
  }
  for (const MustSupport& element : lists) {
    const bool has_tables = places_of.contains(element.resource);
    const std::string path = plain(element.path);
    if (!has_tables && path.starts_with("meta")) {
      continue;  // of what a resource contains; FHIR gives it none
    }
    const auto& places = places_of[has_tables ? element.resource : "ExplanationOfBenefit"];
    const std::string place = (has_tables ? "" : "contained.") + path;
    const auto found = places.lower_bound(place);
    EXPECT_TRUE(found != places.end() && found->starts_with(place))
        << element.resource << " " << element.path;
  }
}

std::string wrapped(const std::string& text) {
  std::istringstream words(text);
  std::string lines;
  std::size_t width = 0;
  for (std::string word; words >> word; width += word.size() + 1) {
    const bool is_full = width + word.size() > 118;
    lines += is_full ? "\n" : width == 0 ? "" : " ";
    width = is_full ? 0 : width;
    lines += word;
  }
  return lines;
}

std::string document(const Table& table) {
  std::string text = "\n## " + table.name + "\n\n" + wrapped(table.about) + "\n\n";
  std::string rows = "Rows: ";
  for (std::size_t at = 0; at < table.origins.size(); ++at) {
    const Origin& origin = table.origins[at];
    rows += (at == 0 ? "`" : ", `") + origin.resource +
            (origin.path.empty() ? "" : "." + origin.path) + "`";
  }
  text += wrapped(rows + ". Id: `" + table.id_name + "`.") +
          "\n\n| column | kind | from | what |\n| --- | --- | --- | --- |\n";
  for (const Column& column : table.columns) {
    text += "| `" + column.name + "` | " + std::string(to_string(column.kind)) + " | " +
            (column.path.empty() ? "a rule" : "`" + column.path + "`") + " | " + column.about +
            " |\n";
  }
  return text;
}

std::string document_all() {
  std::string text = "# Tables of claims\n\n" +
                     wrapped(
                         "Made from the lists in this folder; a test holds it to them. Every "
                         "table begins with `payer`, `member`, its id, `version` (of the "
                         "resource, from 1) and `pointer` (where the row's element stands in "
                         "the resource); `<table>_current` shows what is current. What a "
                         "column's kind means in SQLite:") +
                     "\n\n| kind | columns |\n| --- | --- |\n";
  const std::pair<const char*, const char*> kinds[] = {
      {"text", "as sent"},
      {"integer", "64 bits"},
      {"decimal",
       "`x`: the text as sent; `x_e4`: ten-thousandths, rounded half to even, NULL where they do "
       "not fit; `amount_inexact` of the row: rounding changed one"},
      {"date",
       "`x`: the text as sent; `x_day`: `2024-03-01`, the first of a month or year, an instant's "
       "local day; `x_precision`: year, month, day or instant"},
      {"flag", "1 or 0"},
      {"list", "JSON, `[\"A\",\"B\"]`"}};
  for (const auto& [kind, columns] : kinds) {
    text += std::string("| ") + kind + " | " + columns + " |\n";
  }
  text += "\n" +
          wrapped(
              "What has no column, or does not fit its column as it was sent, is a row of "
              "`extension_kv`: `resource_type`, `resource_id`, `version`, `pointer`, `url` (of "
              "the extension around it), `value_type`, `value`. Amounts are in the currency "
              "that stands beside them; days of supply are days.") +
          "\n";
  for (const Table& table : tables()) {
    text += document(table);
  }
  return text;
}

TEST(Tables, StandInTheirDocument) {
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  const fs::path path =
      fs::path(source == nullptr ? "." : source) / "common/claims/tables/README.md";
  std::ostringstream held;
  held << std::ifstream(path).rdbuf();
  const std::string expected = document_all();
  if (held.str() != expected) {
    const fs::path other = fs::path(testing::TempDir()) / "claimferry-tables.md";
    std::ofstream(other) << expected;
    ADD_FAILURE() << path << " is not what the lists say; take " << other;
  }
}

}  // namespace
}  // namespace claimferry::claims
