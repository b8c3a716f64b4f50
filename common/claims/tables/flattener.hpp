// Flattener: one resource, as its tape, into rows. Every value lands in a column or, where none is
// for it, in RowSet::loose() with its JSON pointer: from both, every value can be had again. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/text_arena.hpp"
#include "common/claims/json_tape.hpp"
#include "common/claims/tables/place_tree.hpp"
#include "common/claims/tables/row_set.hpp"
#include "common/claims/tables/rules.hpp"

namespace claimferry::claims {

class Flattener {
 public:
  // rows and texts: a page's, and what views of the rows point into beside its body.
  Flattener(RowSet& rows, TextArena& texts) : rows_(rows), texts_(texts) {}

  // On a misfit no row of the resource is left.
  Misfit flatten(const JsonTape& tape, std::uint32_t resource);
  // The last resource would have made more rows, or longer pointers, than limits::row_… allow for a
  // page; it was a misfit.
  bool is_full() const noexcept { return is_full_; }

 private:
  // The row that is being filled, and the element that it is of.
  struct Row {
    std::int16_t table = Place::none;
    std::size_t at = 0;
    std::uint32_t element = 0;
  };
  // A key, or an index. Two words, so that one is written and read as a whole.
  class Step {
   public:
    explicit Step(std::string_view key) noexcept : key_(key.data()), number_(key.size()) {}
    explicit Step(std::uint32_t index) noexcept : number_(index) {}
    bool is_key() const noexcept { return key_ != nullptr; }
    std::string_view key() const noexcept { return {key_, number_}; }
    std::uint32_t index() const noexcept { return static_cast<std::uint32_t>(number_); }

   private:
    const char* key_ = nullptr;
    std::size_t number_;
  };
  struct Extension {
    std::string_view url;
    bool has_value = false;  // beside the url: its row tells of the url, too
  };

  void value(std::uint32_t at, const Place* place, const Row& row);
  void object(std::uint32_t at, const Place* place, const Row& row);
  void members(std::uint32_t at, const Place* place, const Row& row);
  void extension(std::uint32_t at, const Place* place, const Row& row);
  void array(std::uint32_t at, const Place* place, const Row& row);
  bool fills_column(const JsonNode& node, const Place* place, const Row& row);
  bool put_list(std::uint32_t at, Cell& cell);
  Cell* cell_of(const Place* place, const Row& row);
  void put_loose(std::string_view type, std::string_view text);
  bool is_implied(std::string_view key, const JsonNode& node);
  Extension extension_at(std::uint32_t at) const;
  std::string_view pointer();

  RowSet& rows_;
  TextArena& texts_;
  const JsonTape* tape_ = nullptr;
  std::uint32_t resource_ = 0;
  std::vector<Step> steps_;
  Extension extension_;
  AmountLevel lines_;
  std::size_t cells_ = 0;  // of all rows
  bool is_full_ = false;
  bool has_type_ = false;
  bool has_id_ = false;
  Misfit misfit_;
};

}  // namespace claimferry::claims
