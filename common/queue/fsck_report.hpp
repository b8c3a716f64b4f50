// FsckReport: what a check of the queue found, counted by invariant, with a few examples. Bounded,
// however broken the queue.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace claimferry::queue {

struct Finding {
  std::string row;     // "I1" to "I7", or another of fsck_rows()
  std::string about;   // "job 1f…", "member M1", "key cf:{0}:wake"
  std::string what;    // "stands in no place and says ready"
  std::string remedy;  // "made ready": what is done with it, or what to do
  bool mended = false;
  bool mendable = true;  // else the remedy is a person's
};

// Every row with what it holds, in their order.
struct FsckRow {
  std::string name;
  std::string holds;
};
const std::vector<FsckRow>& fsck_rows();

class FsckReport {
 public:
  static constexpr std::size_t examples_max = 20;

  struct Count {
    std::uint64_t found = 0;
    std::uint64_t repaired = 0;
  };

  // A walk through the queue begins. What an earlier one mended stays counted; what it left is
  // forgotten, because this one finds it again.
  void begin_walk();
  void add(Finding finding);
  void add_aside(std::string key);
  // Items that a key of another type hid from us.
  void add_hidden(std::uint64_t items) { hidden_ += items; }
  // A count that changed too fast to be judged.
  void add_unjudged(std::string count);

  Count count(const std::string& row) const;
  std::uint64_t found() const;
  std::uint64_t left() const;            // found and not mended
  std::uint64_t mended_in_walk() const;  // since begin_walk()
  bool clean() const { return left() == 0 && hidden_ == 0; }
  // The first ones, those that are left before those that were mended.
  std::vector<Finding> examples() const;
  const std::vector<std::string>& aside() const noexcept { return aside_; }
  std::uint64_t hidden() const noexcept { return hidden_; }
  const std::vector<std::string>& unjudged() const noexcept { return unjudged_; }

 private:
  std::map<std::string, std::uint64_t> mended_, left_;
  std::uint64_t mended_in_walk_ = 0;
  std::vector<Finding> mended_examples_, left_examples_;
  std::vector<std::string> aside_, unjudged_;
  std::uint64_t hidden_ = 0;
};

}  // namespace claimferry::queue
