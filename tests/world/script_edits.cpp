#include "tests/world/script_edits.hpp"

#include <array>

namespace claimferry::world {

std::string edited(std::span<const ScriptEdit> edits, std::string source) {
  for (const ScriptEdit& edit : edits) {
    for (auto at = source.find(edit.from); at != std::string::npos;
         at = source.find(edit.from, at + edit.to.size())) {
      source.replace(at, edit.from.size(), edit.to);
    }
  }
  return source;
}

std::span<const ScriptEdit> older_release() {
  static constexpr std::array edits{
      // claim: the highest lane that has work goes first, whatever waits below.
      ScriptEdit{"lane.impatient = patience and (passed[lane.name] or 0) >= patience",
                 "lane.impatient = false"},
      // claim, reap, postpone, requeue: an operator's mark is not looked at.
      ScriptEdit{"if facts[10] then", "if false then"},
      ScriptEdit{"if facts.cancel then return end_cancelled(job, member) end", ""},
      ScriptEdit{"if facts.cancel then\n  end_cancelled", "if false then\n  end_cancelled"},
      // The end of a job: neither another run nor a batch.
      ScriptEdit{"if facts.batch then count_for_batch(facts.batch, job, ending.outcome) end", ""},
      ScriptEdit{"if facts.rerun then\n      -- A cancel", "if false then\n      -- A cancel"},
  };
  return edits;
}

std::span<const ScriptEdit> everyone_leads() {
  static constexpr std::array edits{
      ScriptEdit{"if left > 0 and left <= 60000 and not is_ours then", "if false then"},
      ScriptEdit{
          "return facts[1] == holder and facts[2] == term and number_or_zero(facts[3]) > now",
          "return true or facts"},
  };
  return edits;
}

}  // namespace claimferry::world
