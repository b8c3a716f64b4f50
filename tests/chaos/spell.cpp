#include "tests/chaos/spell.hpp"

#include <array>

namespace claimferry::chaos {
namespace {

constexpr auto all = std::to_array<Spell>({
    {"errors", R"({"status_5xx":0.4})", "{}", true},
    {"down", R"({"down":true})", "{}", true},
    {"resets", R"({"reset":0.3})", "{}", true},
    {"lost token answers", R"({"drop_token_answer":0.5})", "{}", true, true},
    // Many refreshes, each long on its way: what is killed meanwhile is killed in the middle.
    {"slow, with short-lived tokens",
     R"({"latency_ms":{"min":300,"max":900},"expire_access_tokens":0.3})"},
    {"stalls", R"({"stall":0.2,"stall_ms":3000})"},
    {"truncated bodies", R"({"truncated_body":0.3})"},
    {"malformed bodies", R"({"malformed_body":0.3})"},
    {"outcomes instead of bundles", R"({"outcome_200":0.3})"},
    {"entries twice", R"({"duplicate_entries":0.5})"},
    {"expired access tokens", R"({"expire_access_tokens":0.5})"},
    {"429s now and then", R"({"status_429":0.1,"token":{"status_429":0.2}})"},
    {"a limit in seconds", "{}", R"({"kind":"token_bucket","rate":20,"burst":5})"},
    {"a limit until a date", "{}",
     R"({"kind":"fixed_window","rate":20,"window_ms":1000,"retry_after":"date"})"},
    {"a limit that names no time", "{}",
     R"({"kind":"sliding_window","rate":20,"window_ms":1000,"retry_after":"none"})"},
});

}  // namespace

std::span<const Spell> spells() {
  return all;
}

// Slow enough that a job is under way at most moments.
std::string well_faults() {
  return R"({"latency_ms":{"min":20,"max":60},"down":false,"status_5xx":0,"status_429":0,)"
         R"("status_503_retry_after":0,)"
         R"("reset":0,"truncated_body":0,"malformed_body":0,"stall":0,"outcome_200":0,)"
         R"("duplicate_entries":0,"expire_access_tokens":0,"drop_token_answer":0,)"
         R"("token":{"status_429":0}})";
}

}  // namespace claimferry::chaos
