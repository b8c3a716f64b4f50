// Members: enrols them at the payer and by the CLI, changes their claims, asks for backfills, and
// has those consent anew whose refresh token was lost.
#pragma once

#include <string>
#include <vector>

#include "tests/integration/fleet.hpp"

namespace claimferry::chaos {

class Members {
 public:
  explicit Members(integration::Fleet& fleet) : fleet_(fleet) {}

  void add(unsigned count, unsigned eobs);
  void adjust(unsigned which) { change("adjust", which); }
  void withdraw(unsigned which) { change("withdraw", which); }
  void add_backfill(unsigned which);
  void consent_anew(const std::string& member);

  const std::vector<std::string>& ids() const noexcept { return ids_; }
  // What the CLI refused.
  const std::vector<std::string>& mishaps() const noexcept { return mishaps_; }

 private:
  const std::string& chosen(unsigned which) const { return ids_[which % ids_.size()]; }
  void change(const std::string& how, unsigned which);
  void enrol(const std::string& lines);
  void command(std::vector<std::string> words, const std::string& input = "");

  integration::Fleet& fleet_;
  std::vector<std::string> ids_;
  std::vector<std::string> mishaps_;
};

}  // namespace claimferry::chaos
