// SetupVisit: looks at our own side of the set-up, link by link, and changes nothing. What it saw
// means is setup_diagnosis.hpp's business.
#pragma once

#include <vector>

#include "common/config/config.hpp"
#include "common/redis/tcp_client.hpp"
#include "scheduler/ctl/doctor/finding.hpp"
#include "scheduler/ctl/local_run.hpp"

namespace claimferry::ctl {

class SetupVisit {
 public:
  explicit SetupVisit(const config::Config& config) : config_(config) {}

  Finding keys() const;
  // One bad finding where Redis does not answer or is unfit; else of all its sides.
  std::vector<Finding> redis();
  // The database or the directory that claims go to, and the audit's.
  std::vector<Finding> sink();
  std::vector<Finding> disks() const;

 private:
  Finding database();
  const config::Config& config_;
};

}  // namespace claimferry::ctl
