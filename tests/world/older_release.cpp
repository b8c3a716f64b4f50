#include "tests/world/older_release.hpp"

#include <array>
#include <string_view>

#include "common/base/assert.hpp"

namespace claimferry::world {
namespace {

struct Change {
  std::string_view now;
  std::string_view before;
};

constexpr std::array changes{
    // claim: the highest lane that has work goes first, whatever waits below.
    Change{"lane.impatient = patience and (passed[lane.name] or 0) >= patience",
           "lane.impatient = false"},
    // claim, postpone, requeue, reap: an operator's mark is not looked at.
    Change{"if facts[10] then", "if false then"},
    Change{"if facts[4] then return end_cancelled(job, member) end", ""},
    Change{"if facts[3] then\n  end_cancelled", "if false then\n  end_cancelled"},
    Change{"if facts[2] then\n  end_cancelled", "if false then\n  end_cancelled"},
    // conclude: neither another run nor a batch.
    Change{"if facts[5] then count_for_batch(facts[5], job, outcome) end", ""},
    Change{"  if facts[6] then\n    -- A cancel", "  if false then\n    -- A cancel"},
};

}  // namespace

std::string older_release(std::string source) {
  for (const Change& change : changes) {
    for (auto at = source.find(change.now); at != std::string::npos;
         at = source.find(change.now, at + change.before.size())) {
      source.replace(at, change.now.size(), change.before);
    }
  }
  return source;
}

std::vector<std::string_view> texts_since() {
  std::vector<std::string_view> texts;
  for (const Change& change : changes) {
    texts.push_back(change.now);
  }
  return texts;
}

}  // namespace claimferry::world
