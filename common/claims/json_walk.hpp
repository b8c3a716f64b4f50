// JsonWalk: copies simdjson on-demand values onto a tape. It reads every value, because what
// on-demand skips it does not check, and raw bytes must be known to be JSON. Deeper than
// limits::json_depth_max is DEPTH_ERROR; more values than are left is CAPACITY.
#pragma once

#include <string_view>

#include <simdjson.h>

#include "common/base/text_arena.hpp"
#include "common/claims/json_tape.hpp"

namespace claimferry::claims {

class JsonWalk {
 public:
  // nodes_left: how many values may still come; shared by all walks of a page.
  JsonWalk(JsonTape& tape, TextArena& texts, std::size_t& nodes_left)
      : tape_(tape), texts_(texts), nodes_left_(nodes_left) {}

  simdjson::error_code value(simdjson::ondemand::value& value, unsigned depth);
  simdjson::error_code object(simdjson::ondemand::object&& object, unsigned depth);
  // An object's key, unescaped.
  simdjson::error_code key(simdjson::ondemand::field& field, std::string_view& key);

 private:
  simdjson::error_code array(simdjson::ondemand::array&& array, unsigned depth);
  simdjson::error_code string(simdjson::ondemand::value& value, std::string_view token);
  simdjson::error_code scalar(std::string_view token);
  simdjson::error_code push(JsonKind kind, std::string_view text);

  JsonTape& tape_;
  TextArena& texts_;
  std::size_t& nodes_left_;
  std::string_view key_;  // of the value that comes next
};

}  // namespace claimferry::claims
