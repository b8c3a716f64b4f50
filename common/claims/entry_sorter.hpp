// EntrySorter: what one entry of a page becomes: a resource with its typed rows, or a quarantined
// entry with its reason. Where entries stand in a page is parse.hpp's business. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "common/claims/json_tape.hpp"
#include "common/claims/parse.hpp"
#include "common/claims/tables/flattener.hpp"

namespace claimferry::claims {

// Views into the page's body or texts.
struct Entry {
  std::string_view raw;       // the whole entry
  std::string_view resource;  // its resource; empty: none
  std::string_view full_url;
  bool is_match = true;  // a match of the search, counted in total; not an include or outcome
};

class EntrySorter {
 public:
  // leaves: scratch of the change hash.
  EntrySorter(const ParseRequest& request, ParsedPage& page, std::string& leaves)
      : request_(request), page_(page), leaves_(leaves), flattener_(page.rows, page.texts) {}

  // tape: of entry.resource. False: the page would hold more lines, cells or texts of rows than
  // limits:: allow.
  bool sort(const Entry& entry, const JsonTape& tape);
  // What stands where the list of entries should: nobody knows how many it hides.
  void quarantine_list(std::string_view raw);

 private:
  bool accept(const Entry& entry, const JsonTape& tape);
  bool came_already(const Entry& entry, JsonView resource);
  std::string_view patient_pointer() const;
  std::string_view in_resource(const std::string& pointer);
  void quarantine(const Entry& entry, JsonView resource, std::string_view reason,
                  std::string_view pointer, bool identifiable);
  void count(std::string_view type, std::string_view id);

  const ParseRequest& request_;
  ParsedPage& page_;
  std::string& leaves_;
  Flattener flattener_;
  std::set<std::pair<std::string_view, std::string_view>> counted_;  // by type and id
  std::map<std::string_view, std::string_view> accepted_;            // by id, their raw bytes
};

}  // namespace claimferry::claims
