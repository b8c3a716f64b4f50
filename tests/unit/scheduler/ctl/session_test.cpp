#include "scheduler/ctl/session.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace claimferry::ctl {
namespace {

using testing::HasSubstr;

TEST(CommandFailed, TellsRedisAwayFromARefusal) {
  EXPECT_EQ(command_failed({FailureKind::local, "redis_away", "x"}).status, program::unreachable);
  EXPECT_EQ(command_failed({FailureKind::permanent, "no_member", "x"}).status, program::refused);
}

program::ExitStatus status_of_loading(const Context& context, std::string& errors) {
  testing::internal::CaptureStderr();
  auto status = program::succeeded;
  try {
    load_config(context);
  } catch (const CommandFailed& failed) {
    status = failed.status;
    std::fputs(failed.text.c_str(), stderr);
  }
  errors = testing::internal::GetCapturedStderr();
  return status;
}

TEST(LoadConfig, TakesSettingsOverTheFileAndReportsEveryMistake) {
  Context context;
  context.config_file = testing::TempDir() + "claimferry-ctl-" + std::to_string(getpid());
  std::ofstream(context.config_file) << R"([sink]
path = "claims.db"
[vault]
key_file = "keys"
[payer.p]
auth_root = "https://payer.example/fhir"
resource_base = "https://payer.example/fhir"
token_url = "https://payer.example/token"
client_id = "id"
client_secret_file = "secret"
)";
  context.settings = {"worker.slots=9", "payer.p.skin=s"};
  EXPECT_EQ(load_config(context).worker.slots, 9U);
  std::string errors;
  context.settings = {"worker.slotz=9", "sink.path="};
  EXPECT_EQ(status_of_loading(context, errors), program::usage);
  EXPECT_THAT(errors, HasSubstr("did you mean worker.slots?"));
  EXPECT_THAT(errors, HasSubstr("sink.path is missing"));
  // Only what a command opens is its business, and that must not be open to others.
  const std::string password = context.config_file + ".password";
  std::ofstream(password) << "secret";
  std::filesystem::permissions(password, std::filesystem::perms(0644));
  context.settings = {"redis.password_file=" + password};
  EXPECT_EQ(status_of_loading(context, errors), program::usage);
  EXPECT_THAT(errors, HasSubstr("redis.password_file may be read by others; chmod 600 it"));
  EXPECT_EQ(load_config(context, {}).redis.password_file, password);
  std::filesystem::remove(password);
  context.settings = {"worker.slots"};
  EXPECT_EQ(status_of_loading(context, errors), program::usage);
  EXPECT_THAT(errors, HasSubstr("write key=value"));
  std::filesystem::remove(context.config_file);
}

}  // namespace
}  // namespace claimferry::ctl
