// Planted bugs: a world whose scripts or ports are wrong in one place, as a programmer might get
// them wrong. Each must be found by an invariant, by the judge or by the payer, within a few seeds.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/world/memory_sink.hpp"
#include "tests/world/script_edits.hpp"

namespace claimferry::world {

enum class SinkBug : std::uint8_t {
  none,
  loses_a_page,
  stores_twice,
  changes_a_byte,
  no_fence,
  keeps_the_erased,
};

struct PlantedBug {
  std::string_view name;
  std::string_view scenario;            // where it does harm
  std::vector<std::string_view> finds;  // how the line of a finder begins: one of these
  std::vector<ScriptEdit> edits = {};   // in every script that holds the text
  SinkBug sink = SinkBug::none;
  bool names_client_in_body = false;  // of the first request for tokens
};

std::span<const PlantedBug> planted_bugs();

// A sink with a bug.
class SpoiledSink final : public claims::ClaimSink {
 public:
  SpoiledSink(MemorySink& sink, SinkBug bug) : sink_(sink), bug_(bug) {}
  awaitable<Result<void>> open() override { return sink_.open(); }
  awaitable<Result<std::optional<queue::Cursor>>> resume(claims::SyncKey key) override {
    return sink_.resume(std::move(key));
  }
  awaitable<Result<claims::CommitReport>> commit(claims::PageCommit commit) override;
  awaitable<Result<void>> quarantine_page(claims::BadPage page) override {
    return sink_.quarantine_page(std::move(page));
  }
  awaitable<Result<claims::CloseReport>> close(claims::SyncClose close) override;
  awaitable<Result<void>> erase(claims::SyncKey key) override;

 private:
  void forget_fence(const claims::SyncKey& key);
  static claims::PageCommit under_other_ids(const claims::PageCommit& commit);

  MemorySink& sink_;
  SinkBug bug_;
  bool struck_ = false;  // once is enough
};

}  // namespace claimferry::world
