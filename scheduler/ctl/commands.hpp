// The commands of `claimferry`: each adds itself to the parser and, when it was asked for, answers
// what is to be run.
#pragma once

#include <CLI/CLI.hpp>

#include "scheduler/ctl/context.hpp"

namespace claimferry::ctl {

// All that `claimferry` is: the flags that every command takes, and every command.
void add_all_commands(CLI::App& app, Context& context);

void add_member_commands(CLI::App& app, Context& context);
// After the one before: it adds to `member`.
void add_console_commands(CLI::App& app, Context& context);
void add_audit_commands(CLI::App& app, Context& context);
void add_erase_command(CLI::App& app, Context& context);
void add_export_command(CLI::App& app, Context& context);
void add_fsck_command(CLI::App& app, Context& context);
void add_functions_command(CLI::App& app, Context& context);
// Adds to `backfill`.
void add_backfill_watch(CLI::App& backfill, Context& context);
// The operator's live screen.
void add_top_command(CLI::App& app, Context& context);
void add_doctor_command(CLI::App& app, Context& context);
void add_keys_commands(CLI::App& app, Context& context);
void add_reprocess_command(CLI::App& app, Context& context);
void add_db_commands(CLI::App& app, Context& context);
// Adds to `db`.
void add_adopt_command(CLI::App& db, Context& context);
void add_setup_commands(CLI::App& app, Context& context);

}  // namespace claimferry::ctl
