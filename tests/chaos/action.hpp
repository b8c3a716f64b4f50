// What the chaos does, one step at a time. Whatever is taken away has a step that brings it back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace claimferry::chaos {

enum class Action : std::uint8_t {
  kill_worker,
  end_worker,  // SIGTERM
  start_worker,
  pause_worker,  // SIGSTOP
  continue_worker,
  kill_scheduler,
  end_scheduler,
  start_scheduler,
  restart_redis,  // SIGTERM
  crash_redis,    // SIGKILL
  cut_connections,
  payer_ill,
  payer_well,
  adjust_claim,
  withdraw_claim,
  add_backfill,
  add_member,
};

inline constexpr auto action_names = std::to_array<std::string_view>(
    {"workers killed", "workers ended", "workers started", "workers paused", "workers continued",
     "schedulers killed", "schedulers ended", "schedulers started", "redis restarted",
     "redis killed", "connections cut", "payer ill", "payer well", "claims adjusted",
     "claims withdrawn", "backfills", "members added"});

constexpr std::string_view to_string(Action action) noexcept {
  return action_names[static_cast<std::size_t>(action)];
}

}  // namespace claimferry::chaos
