#include "scheduler/ctl/db_text.hpp"

#include <boost/json.hpp>

namespace claimferry::ctl {

std::string migrations_text(const std::vector<claims::PostgresMigration>& migrations,
                            bool dry_run) {
  const std::string comment = dry_run ? "-- " : "";
  if (migrations.empty()) {
    return comment + "the schema is this release's: version " +
           std::to_string(claims::postgres_schema_version()) + "\n";
  }
  std::string text;
  for (const claims::PostgresMigration& migration : migrations) {
    text += comment + (dry_run ? "would apply " : "applied ") + std::to_string(migration.version) +
            ": " + migration.about + "\n";
    for (const std::string& statement : migration.statements) {
      text += dry_run ? statement + ";\n" : "";
    }
  }
  return text;
}

std::string migrations_json(const std::vector<claims::PostgresMigration>& migrations,
                            bool dry_run) {
  boost::json::array all;
  for (const claims::PostgresMigration& migration : migrations) {
    boost::json::object one{{"version", migration.version}, {"about", migration.about}};
    if (dry_run) {
      one["statements"] = boost::json::value_from(migration.statements);
    }
    all.push_back(std::move(one));
  }
  const boost::json::object whole{{"dry_run", dry_run},
                                  {"schema", claims::postgres_schema_version()},
                                  {"migrations", std::move(all)}};
  return boost::json::serialize(whole) + "\n";
}

}  // namespace claimferry::ctl
